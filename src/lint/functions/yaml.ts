import { isAlias, isMap, isNode, isScalar, isSeq, parseAllDocuments, Scalar, type Document, type YAMLMap } from 'yaml';
import { bool, list, NULL, object, opaque, string, textOf, type Value } from '../value.ts';
import { fail } from './call.ts';
import { numberValue } from './json.ts';
import { instantOf, rfc3339 } from './instant.ts';

/** `yamldecode` of one document. Throws EvaluationError for texts that the engine refuses. */
export function parseYaml(text: string): Value {
  // Every scalar as text: which plain ones are numbers and so on is decided below, as the engine does it.
  const documents = parseAllDocuments(text, { schema: 'failsafe', uniqueKeys: false, logLevel: 'silent' });
  const [document] = documents;
  if (!Array.isArray(documents) || documents.length !== 1 || !isNode(document?.contents))
    return fail('one YAML document is expected');
  if (document.errors.length > 0) fail('the text is no YAML');
  return new Converter(document).value(document.contents);
}

/** Anchored values are converted once, however often they are named. */
class Converter {
  private readonly made = new Map<object, Value | undefined>();
  private readonly document: Document.Parsed;

  constructor(document: Document.Parsed) {
    this.document = document;
  }

  value(node: unknown): Value {
    if (typeof node !== 'object' || node === null) return NULL;
    if (this.made.has(node)) return this.made.get(node) ?? fail('an anchor contains itself');
    this.made.set(node, undefined);
    const value = this.convert(node);
    this.made.set(node, value);
    return value;
  }

  private convert(node: object): Value {
    if (isAlias(node)) return this.value(node.resolve(this.document) ?? fail('there is no such anchor'));
    if (isScalar(node)) return scalar(node);
    if (isSeq(node)) return list(node.items.map((item) => this.value(item)));
    return isMap(node) ? this.map(node) : NULL;
  }

  /** Entries that are written win over merged ones. */
  private map(node: YAMLMap): Value {
    const merged: (readonly [string, Value])[] = [];
    const own: (readonly [string, Value])[] = [];
    for (const { key, value } of node.items) {
      if (isScalar(key) && key.type === Scalar.PLAIN && key.value === '<<') merged.push(...this.merged(this.value(value)));
      else own.push([textOf(this.value(key)) ?? fail('a key must be a string'), this.value(value)]);
    }
    return object([...merged, ...own]);
  }

  /** Of several maps the first one wins. */
  private merged(value: Value): readonly (readonly [string, Value])[] {
    if (value.kind === 'object') return [...value.entries];
    return value.kind === 'list'
      ? [...value.items].reverse().flatMap((item) => this.merged(item))
      : fail('only maps can be merged');
  }
}

const TAG = 'tag:yaml.org,2002:';

/** Only a tag that is written is there. */
function scalar(node: Scalar): Value {
  const text = typeof node.value === 'string' ? node.value : (node.source ?? '');
  if (node.tag === `${TAG}str` || node.tag === `${TAG}binary`) return string(text);
  if (node.tag !== undefined && !node.tag.startsWith(TAG)) fail('a tag is not known');
  return node.type === Scalar.PLAIN ? plainValue(text) : string(text);
}

const WORDS: ReadonlyMap<string, Value> = new Map<string, Value>([
  ...['', '~', 'null', 'Null', 'NULL'].map((word) => [word, NULL] as const),
  ...['y', 'Y', 'yes', 'Yes', 'YES', 'true', 'True', 'TRUE', 'on', 'On', 'ON'].map((word) => [word, bool(true)] as const),
  ...['n', 'N', 'no', 'No', 'NO', 'false', 'False', 'FALSE', 'off', 'Off', 'OFF'].map((word) => [word, bool(false)] as const),
]);

function plainValue(text: string): Value {
  const word = WORDS.get(text);
  if (word !== undefined) return word;
  if (/^([-+]?(\.\d+|\d+(\.\d*)?)([eE][-+]?\d+)?|0x[0-9a-fA-F]+|0o[0-7]+)$/.test(text)) {
    return numberValue(Number(text), text);
  }
  if (/^[-+]?\.(inf|Inf|INF)$/.test(text)) return opaque(`n~${text}`);
  return /^\d{4}-\d\d?-\d\d?/.test(text) ? timestamp(text) : string(text);
}

/** Dates and times become texts in the engine's form; those in a form of YAML's own are not computed. */
function timestamp(text: string): Value {
  const date = /^\d{4}-\d\d-\d\d$/.test(text) ? `${text}T00:00:00Z` : text.toUpperCase();
  const instant = instantOf(date);
  return instant === undefined ? opaque(`yaml:${text}`) : string(rfc3339(instant));
}
