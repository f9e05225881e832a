import type { EngineKind, Variable } from '../domain/types.ts';
import { sha256 } from '../kit/ids.ts';
import { minorOf } from '../kit/version.ts';
import { scanHcl } from './scan.ts';

/** Everything that decides the result of a build (spec 4.3). */
export interface FingerprintInput {
  /** Every file of the template and its local modules, with its bytes. */
  readonly files: readonly { readonly path: string; readonly executable: boolean; readonly bytes: Uint8Array }[];
  /** `.terraform.lock.hcl` as init left it. */
  readonly lock: string;
  /** Installed modules: key, source and version. */
  readonly modules: readonly { readonly key: string; readonly source: string; readonly version: string }[];
  readonly variables: readonly Pick<Variable, 'name' | 'value'>[];
  readonly engineKind: EngineKind;
  readonly engineVersion: string;
  readonly accessUrl: string;
  readonly loader: number;
}

/** Hash of what decides the result: comments and blank space of .tf files, README files and the patch version of the engine do not count. */
export function fingerprint(input: FingerprintInput): string {
  const files = input.files
    .filter((file) => !isReadme(file.path) && !file.path.endsWith('.terraform.lock.hcl'))
    .map((file) => [file.path, file.executable, sha256(significant(file.path, file.bytes))]);
  const modules = input.modules.map(({ key, source, version }) => [key, source, version]);
  const variables = input.variables.map(({ name, value }) => [name, value]);
  return sha256(
    JSON.stringify({
      files: sorted(files),
      lock: sha256(significant('lock.hcl', Buffer.from(input.lock))),
      modules: sorted(modules),
      variables: sorted(variables),
      engine: [input.engineKind, minorOf(input.engineVersion)],
      accessUrl: input.accessUrl,
      loader: input.loader,
    }),
  );
}

const isReadme = (path: string): boolean => /(^|\/)readme(\.[a-z]+)?$/i.test(path);
const sorted = (rows: readonly unknown[]): readonly string[] => rows.map((row) => JSON.stringify(row)).sort();

function significant(path: string, bytes: Uint8Array): string | Uint8Array {
  if (!/\.(tf|tofu|tfvars|hcl)$/.test(path)) return bytes;
  const scan = scanHcl(Buffer.from(bytes).toString('utf8'));
  return scan.withoutComments
    .split('\n')
    .map((line, index) => (scan.heredocLines.has(index) ? `|${line}` : line.trimEnd()))
    .filter((line) => line !== '')
    .join('\n');
}
