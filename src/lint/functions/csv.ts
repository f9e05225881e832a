import { list, object, string, type Value } from '../value.ts';
import { fail } from './call.ts';

/** `csvdecode`: RFC 4180, the first line names the columns. Throws EvaluationError for texts that the engine refuses. */
export function parseCsv(text: string): Value {
  const [header, ...rows] = records(text.replaceAll('\r\n', '\n'));
  if (header === undefined) return fail('the line with the names is missing');
  if (new Set(header).size !== header.length) fail('two columns have the same name');
  return list(
    rows.map((row) => {
      if (row.length !== header.length) fail('a line has another number of columns');
      return object(header.map((name, at) => [name, string(row[at] ?? '')] as const));
    }),
  );
}

/** Lines of fields; empty lines do not count. */
function records(text: string): readonly (readonly string[])[] {
  const field = /(?:"((?:[^"]|"")*)"|([^",\n]*))(,|\n|$)/y;
  const result: string[][] = [];
  let row: string[] = [];
  while (field.lastIndex < text.length) {
    if (row.length === 0 && text.startsWith('\n', field.lastIndex)) {
      field.lastIndex += 1;
      continue;
    }
    const found = field.exec(text) ?? fail('a quote is not where it may be');
    row.push(found[1]?.replaceAll('""', '"') ?? found[2] ?? '');
    if (found[3] !== ',') {
      result.push(row);
      row = [];
    } else if (field.lastIndex === text.length) row.push('');
  }
  return row.length === 0 ? result : [...result, row];
}
