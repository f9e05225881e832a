/** The part of a zod issue that words are made from. */
interface Issue {
  readonly code: string;
  readonly message: string;
  readonly expected?: unknown;
  readonly origin?: unknown;
  readonly minimum?: unknown;
  readonly maximum?: unknown;
}

const KINDS: Readonly<Record<string, string>> = {
  string: 'a text',
  number: 'a number',
  int: 'a whole number',
  boolean: 'true or false',
  array: 'a list',
  object: 'a map of keys and values',
  record: 'a map of keys and values',
};

/** What zod says where the schema says nothing. */
const UNSAID: Readonly<Record<string, string>> = {
  'Invalid input': 'has a value of the wrong kind',
  'Invalid key in record': 'is a name that cannot be used here',
};

/** What is wrong with a value, for people: zod's own words are for programmers. Goes on after the name of the value and a colon. */
export function issueWords(issue: Issue): string {
  const { code, message, origin, minimum, maximum } = issue;
  if (code === 'invalid_type') {
    if (message.endsWith('received undefined')) return 'is missing';
    const kind = KINDS[String(issue.expected)];
    if (kind !== undefined) return `must be ${kind}`;
  }
  // Only where the schema says it in its own words is there nothing to translate.
  if (!message.startsWith('Too ')) return UNSAID[message] ?? message;
  const unit = origin === 'string' ? ' characters' : origin === 'array' ? ' entries' : '';
  if (code === 'too_small')
    return unit !== '' && Number(minimum) === 1 ? 'must not be empty' : `must be at least ${String(minimum)}${unit}`;
  if (code === 'too_big') return `must be at most ${String(maximum)}${unit}`;
  return message;
}
