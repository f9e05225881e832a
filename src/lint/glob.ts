/**
 * A pattern of paths, as in ignore files: `*` within one name, `**` over folders, `?`, `{a,b}`. A pattern that names a folder covers all that
 * is in it. Paths and patterns have `/` and are relative to the same folder.
 */
export function globMatcher(pattern: string): (path: string) => boolean {
  const source = pattern
    .replace(/^\.\//, '')
    .replace(/\/+$/, '')
    .split(/(\*\*\/|\*\*|\*|\?|\{[^{}/]*\})/)
    .map(translate)
    .join('');
  const expression = new RegExp(`^${source === '\\.' || source === '' ? '.*' : `${source}(?:/.*)?`}$`, 's');
  return (path) => expression.test(path);
}

function translate(part: string): string {
  if (part === '**/') return '(?:[^/]+/)*';
  if (part === '**') return '.*';
  if (part === '*') return '[^/]*';
  if (part === '?') return '[^/]';
  if (/^\{.*\}$/.test(part)) return `(?:${part.slice(1, -1).split(',').map(literal).join('|')})`;
  return literal(part);
}

const literal = (text: string): string => text.replaceAll(/[\\^$.*+?()[\]{}|]/g, '\\$&');
