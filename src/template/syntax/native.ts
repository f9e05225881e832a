import type { Comment } from './ast.ts';
import { checkItems, readItems, type Content } from './bodies.ts';
import { reportFaults } from './faults.ts';
import { maskFile, type Masked } from './mask.ts';
import { report, type Reading } from './reading.ts';
import { newPatience, type Node, type ReadTree, type TreeReader } from './tree.ts';

/** What a file in native syntax holds. Problems go to the reading. */
export interface Native {
  readonly content: Content;
  readonly comments: Comment[];
}

/** Pieces are read together up to this length: trees of whole large files take much memory, and an error spoils what is read with it. */
const GROUP = 32 * 1024;

/** So many pieces with errors are read one by one. */
const MAX_BROKEN = 200;

/**
 * Adds what a file holds. It is read piece by piece, from one top-level item to another. From the first error on, lines that begin like
 * a top-level block begin a piece wherever they stand, so that an error reaches no further than its block.
 */
export function readNative(reader: TreeReader, reading: Reading, native: Native): void {
  const masked = maskFile(reading.text, false);
  let start = 0;
  if (masked.problems.length === 0) {
    for (const group of groupsOf(piecesOf(masked, 0))) {
      const tree = reader.readClean(masked.text.slice(group.start, group.end), group.start);
      if (tree === undefined) break;
      take(reading, native, tree, false);
      start = group.end;
    }
    if (start === reading.text.length) return;
  }
  readBroken(reader, reading, native, start);
  // Never clean when it could not be read in one go.
  if (reading.problems.length === 0) report(reading, 'something from here on cannot be read', start, start + 1);
}

function readBroken(reader: TreeReader, reading: Reading, native: Native, start: number): void {
  const masked = maskFile(reading.text, true);
  for (const problem of masked.problems) report(reading, problem.message, problem.start, problem.end);
  const patience = newPatience();
  let broken = 0;
  const known = (piece: Piece): boolean =>
    masked.problems.some((problem) => problem.start >= piece.start && problem.start < piece.end);
  for (const group of groupsOf(piecesOf(masked, start))) {
    const single = group.pieces.length === 1;
    const clean = single ? undefined : reader.readClean(masked.text.slice(group.start, group.end), group.start);
    if (clean !== undefined) {
      take(reading, native, clean, known(group));
      continue;
    }
    for (const piece of broken < MAX_BROKEN ? group.pieces : [group]) {
      const tree = reader.read(masked.text.slice(piece.start, piece.end), piece.start, patience);
      if (tree === undefined) {
        report(reading, 'from here on this cannot be read', piece.start, reading.text.length);
        return;
      }
      if (tree.faults.length > 0) broken += 1;
      // What the masking found explains it better.
      if (!known(piece)) reportFaults(reading, tree.faults);
      take(reading, native, tree, tree.faults.length > 0 || known(piece));
    }
  }
}

interface Piece {
  readonly start: number;
  readonly end: number;
}

/** The text from `start` on, cut where it can be cut. */
function piecesOf(masked: Masked, start: number): readonly Piece[] {
  const starts = [start, ...masked.cuts.filter((cut) => cut > start)];
  return starts.map((from, index) => ({ start: from, end: starts[index + 1] ?? masked.text.length }));
}

function groupsOf(pieces: readonly Piece[]): readonly (Piece & { readonly pieces: readonly Piece[] })[] {
  const groups: { start: number; end: number; pieces: Piece[] }[] = [];
  for (const piece of pieces) {
    const group = groups.at(-1);
    if (group === undefined || piece.end - group.start > GROUP) groups.push({ ...piece, pieces: [piece] });
    else {
      group.pieces.push(piece);
      group.end = piece.end;
    }
  }
  return groups;
}

/** Adds what a tree holds. */
function take(reading: Reading, native: Native, tree: ReadTree, damaged: boolean): void {
  reading.damaged = damaged;
  const nodes = tree.root.children;
  const object = nodes.find(({ type }) => type === 'object');
  if (object !== undefined)
    report(reading, 'attributes and blocks are expected here, not an object', object.start, object.start + 1);
  checkItems(reading, nodes);
  readItems(reading, nodes, native.content);
  // The masking writes comments of its own.
  const comments = tree.comments.filter(({ start }) => /[#/]/.test(reading.text[start] ?? ''));
  for (const node of comments) native.comments.push(commentOf(reading, node));
}

function commentOf(reading: Reading, node: Node): Comment {
  const raw = reading.text.slice(node.start, node.end).replace(/\r$/, '');
  const text = raw.startsWith('/*') ? raw.slice(2, -2) : raw.replace(/^(?:#|\/\/)/, '');
  const lineStart = reading.text.lastIndexOf('\n', node.start - 1) + 1;
  return {
    text: text.trim(),
    range: reading.positions.range(node.start, node.start + raw.length),
    ownLine: reading.text.slice(lineStart, node.start).trim() === '',
  };
}
