import { lintConfiguration } from '../../src/lint/lint.ts';
import type { TemplateReport } from '../../src/lint/model.ts';
import { loadConfiguration } from '../../src/template/syntax/load.ts';
import { createSyntaxParser } from '../../src/template/syntax/parser.ts';

const parser = createSyntaxParser();

/** Lints one template folder as the command line does, without suppressions. */
export async function lintFolder(dir: string): Promise<TemplateReport> {
  return lintConfiguration(await loadConfiguration(dir, await parser), { dir });
}
