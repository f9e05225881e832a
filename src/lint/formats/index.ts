import type { Format } from './format.ts';
import { compact } from './compact.ts';
import { github } from './github.ts';
import { json } from './json.ts';
import { junit } from './junit.ts';
import { sarif } from './sarif.ts';
import { text } from './text.ts';

/** The formats of `--format`. */
export const FORMATS = { text, compact, json, sarif, github, junit } as const satisfies Readonly<Record<string, Format>>;

export type FormatName = keyof typeof FORMATS;
