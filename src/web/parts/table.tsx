import type { ComponentChildren } from 'preact';

export interface Column<Key extends string> {
  /** Sorts by it when given. */
  readonly key?: Key;
  readonly head: string;
  /** Only screen readers hear the head. */
  readonly hidden?: boolean;
  readonly right?: boolean;
  /** Left out where there is little room. */
  readonly wide?: boolean;
}

interface Props<Key extends string> {
  readonly caption: string;
  readonly columns: readonly Column<Key>[];
  readonly order?: Key | undefined;
  readonly reverse?: boolean;
  readonly onOrder?: (key: Key) => void;
  /** Cells go below each other where there is little room. */
  readonly stack?: boolean;
  readonly children: ComponentChildren;
}

/** A table with a caption; columns with a key sort by a button in their head. Arrow keys go from row to row along the links. */
export function Table<Key extends string>({ caption, columns, order, reverse, onOrder, stack, children }: Props<Key>) {
  return (
    <div class="scroll">
      <table class={stack === true ? 'stack' : ''} onKeyDown={moveBetweenRows}>
        <caption class="sr-only">{caption}</caption>
        <thead>
          <tr>
            {columns.map((column) => (
              <th
                key={column.head}
                scope="col"
                class={classOf(column)}
                aria-sort={
                  column.key !== undefined && column.key === order ? (reverse === true ? 'descending' : 'ascending') : undefined
                }
              >
                <Head column={column} order={order} reverse={reverse === true} onOrder={onOrder} />
              </th>
            ))}
          </tr>
        </thead>
        <tbody>{children}</tbody>
      </table>
    </div>
  );
}

interface HeadProps<Key extends string> {
  readonly column: Column<Key>;
  readonly order: Key | undefined;
  readonly reverse: boolean;
  readonly onOrder: ((key: Key) => void) | undefined;
}

function Head<Key extends string>({ column: { key, head, hidden }, order, reverse, onOrder }: HeadProps<Key>) {
  if (hidden === true) return <span class="sr-only">{head}</span>;
  if (key === undefined || onOrder === undefined) return <>{head}</>;
  return (
    <button
      type="button"
      onClick={() => {
        onOrder(key);
      }}
    >
      {head}
      <span class="arrow" aria-hidden="true">
        {key === order ? (reverse ? '▾' : '▴') : ''}
      </span>
    </button>
  );
}

/** Classes of a cell of this column. */
export const classOf = ({ right, wide }: Pick<Column<string>, 'right' | 'wide'>): string =>
  [right === true ? 'right' : '', wide === true ? 'wide' : ''].join(' ').trim();

function moveBetweenRows(event: KeyboardEvent): void {
  const step = { ArrowDown: 1, ArrowUp: -1, Home: -Infinity, End: Infinity }[event.key];
  if (step === undefined || !(event.target instanceof HTMLElement) || event.target.closest('tbody') === null) return;
  const links = [...(event.target.closest('tbody')?.querySelectorAll<HTMLElement>('a.row') ?? [])];
  const at = links.findIndex((link) => link === event.target);
  if (at < 0) return;
  event.preventDefault();
  links[Math.max(0, Math.min(links.length - 1, at + step))]?.focus();
}
