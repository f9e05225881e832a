import fc from 'fast-check';
import { expressions, type Node } from './expressions.ts';

/** One thing of a random configuration. Numbers pick among the things before it. */
export type Item = LocalItem | DataItem | FileItem | TimeItem | AgentItem | FileReadItem | ModuleItem;

export interface LocalItem {
  readonly type: 'local';
  readonly value: Node;
  /** Written as an indented heredoc; texts only. */
  readonly heredoc: boolean;
}

/** A terraform_data. */
export interface DataItem extends Guarded {
  readonly type: 'data';
  readonly input: Node | undefined;
  readonly triggers: Node | undefined;
  readonly repeat: Repeat | undefined;
  readonly dependsOn: number | undefined;
}

export interface Guarded {
  /** Entries of ignore_changes as they are written. */
  readonly ignore: readonly string[];
  readonly triggeredBy: number | undefined;
  readonly createFirst: boolean;
  readonly precious: boolean;
}

export interface Repeat {
  readonly by: 'count' | 'map' | 'set';
  readonly over: Node;
}

export interface FileItem extends Guarded {
  readonly type: 'file';
  readonly name: Node | undefined;
  readonly content: Node;
}

export interface TimeItem extends Guarded {
  readonly type: 'time';
  readonly triggers: Node;
}

export interface AgentItem extends Guarded {
  readonly type: 'agent';
  readonly env: Node | undefined;
  readonly dir: Node | undefined;
  /** Values of a dynamic `metadata` block. */
  readonly metadata: Node | undefined;
}

/** A data.local_file. */
export interface FileReadItem {
  readonly type: 'read';
  /** Which of two files. */
  readonly which: Node;
  readonly dependsOn: number | undefined;
}

export interface ModuleItem {
  readonly type: 'module';
  readonly text: Node;
  readonly map: Node;
  readonly body: readonly (LocalItem | DataItem | FileItem | FileReadItem)[];
  /** Picks what the `text` output gives. */
  readonly output: number;
  readonly repeat: Repeat | undefined;
  readonly dependsOn: number | undefined;
}

/** Given, but for one in four. */
const mostly = <T>(arbitrary: fc.Arbitrary<T>): fc.Arbitrary<T | undefined> =>
  fc.oneof({ arbitrary: fc.constant(undefined), weight: 1 }, { arbitrary, weight: 3 });
const sometimes = <T>(arbitrary: fc.Arbitrary<T>): fc.Arbitrary<T | undefined> =>
  fc.oneof({ arbitrary: fc.constant(undefined), weight: 4 }, { arbitrary, weight: 1 });

const anyValue = fc.oneof(expressions.text, expressions.map, expressions.list);
const repeat: fc.Arbitrary<Repeat> = fc.oneof(
  fc.record({ by: fc.constant('count' as const), over: expressions.number }),
  fc.record({ by: fc.constant('map' as const), over: expressions.map }),
  fc.record({ by: fc.constant('set' as const), over: expressions.list }),
);

const guarded = (entries: readonly string[]) => ({
  ignore: fc.oneof(
    { arbitrary: fc.constant<readonly string[]>([]), weight: 3 },
    { arbitrary: fc.subarray([...entries], { minLength: 1, maxLength: 2 }), weight: 2 },
    { arbitrary: fc.constant<readonly string[]>(['all']), weight: 1 },
  ),
  triggeredBy: sometimes(fc.nat(7)),
  createFirst: fc.oneof({ arbitrary: fc.constant(false), weight: 9 }, { arbitrary: fc.constant(true), weight: 1 }),
  precious: fc.oneof({ arbitrary: fc.constant(false), weight: 24 }, { arbitrary: fc.constant(true), weight: 1 }),
});

const local: fc.Arbitrary<LocalItem> = fc.record({ type: fc.constant('local'), value: anyValue, heredoc: fc.boolean() });
const data: fc.Arbitrary<DataItem> = fc.record({
  type: fc.constant('data'),
  input: mostly(anyValue),
  triggers: mostly(anyValue),
  repeat: sometimes(repeat),
  dependsOn: sometimes(fc.nat(7)),
  ...guarded(['input', 'triggers_replace', 'triggers_replace["a"]', 'triggers_replace.a', 'triggers_replace[0]', 'input.b']),
});
const file: fc.Arbitrary<FileItem> = fc.record({
  type: fc.constant('file'),
  name: sometimes(expressions.text),
  content: expressions.text,
  ...guarded(['content', 'filename', 'file_permission']),
});
const time: fc.Arbitrary<TimeItem> = fc.record({
  type: fc.constant('time'),
  triggers: expressions.map,
  ...guarded(['triggers', 'triggers["a"]', 'triggers["b"]']),
});
const agent: fc.Arbitrary<AgentItem> = fc.record({
  type: fc.constant('agent'),
  env: mostly(expressions.map),
  dir: sometimes(expressions.text),
  metadata: sometimes(expressions.list),
  ...guarded(['env', 'env["a"]', 'dir', 'metadata', 'metadata[0].script']),
});
const read: fc.Arbitrary<FileReadItem> = fc.record({
  type: fc.constant('read'),
  which: expressions.flag,
  dependsOn: sometimes(fc.nat(7)),
});
const module: fc.Arbitrary<ModuleItem> = fc.record({
  type: fc.constant('module'),
  text: expressions.text,
  map: expressions.map,
  body: fc.array(fc.oneof(local, data, file, read), { minLength: 1, maxLength: 3, size: 'max' }),
  output: fc.nat(11),
  repeat: sometimes(repeat),
  dependsOn: sometimes(fc.nat(7)),
});

/** The things of a random configuration, in an order in which each refers only to earlier ones. At most one agent and one module. */
export const configurations: fc.Arbitrary<readonly Item[]> = fc
  .array(
    fc.oneof(
      { arbitrary: data, weight: 5 },
      { arbitrary: local, weight: 3 },
      { arbitrary: file, weight: 2 },
      { arbitrary: time, weight: 2 },
      { arbitrary: read, weight: 2 },
      { arbitrary: agent, weight: 1 },
      { arbitrary: module, weight: 1 },
    ),
    { minLength: 1, maxLength: 8, size: 'max' },
  )
  .map((items) => items.filter((item, index) => !isSingle(item) || items.findIndex((one) => one.type === item.type) === index));

const isSingle = (item: Item): boolean => item.type === 'agent' || item.type === 'module';
