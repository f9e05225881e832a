import { bool, list, NULL, number, numberText, object, opaque, string, type Value } from '../value.ts';
import { fail } from './call.ts';

/** JSON as the engine writes it: keys sorted, and `<`, `>`, `&` and two line separators escaped. The value is known in all parts. */
export function jsonText(value: Value): string {
  switch (value.kind) {
    case 'null':
      return 'null';
    case 'bool':
      return String(value.value);
    case 'number':
      return numberText(value.value);
    case 'string':
      return JSON.stringify(value.value).replace(
        /[<>&\u2028\u2029]/g,
        (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`,
      );
    case 'list':
      return `[${value.items.map(jsonText).join(',')}]`;
    case 'object': {
      const entries = [...value.entries].map(([name, entry]) => `${jsonText(string(name))}:${jsonText(entry)}`);
      return `{${entries.join(',')}}`;
    }
    case 'opaque':
    case 'unknown':
      return fail('only known values have a text');
  }
}

/** The value of a JSON text. Throws EvaluationError when it is none. */
export function parseJson(text: string): Value {
  let parsed: unknown;
  try {
    parsed = JSON.parse(text);
  } catch {
    return fail('the text is no JSON');
  }
  return fromJson(parsed);
}

/** What JSON.parse gave; a number that a double does not hold exactly is opaque. */
function fromJson(parsed: unknown): Value {
  if (typeof parsed === 'boolean') return bool(parsed);
  if (typeof parsed === 'string') return string(parsed);
  if (typeof parsed === 'number') return numberValue(parsed, String(parsed));
  if (Array.isArray(parsed)) return list(parsed.map(fromJson));
  if (typeof parsed !== 'object' || parsed === null) return NULL;
  return object(Object.entries(parsed).map(([name, entry]) => [name, fromJson(entry)] as const));
}

/** A number that was read from a text; one that a double cannot hold is opaque. */
export const numberValue = (value: number, written: string): Value =>
  Number.isFinite(value) && (!Number.isInteger(value) || Number.isSafeInteger(value)) ? number(value) : opaque(`n~${written}`);
