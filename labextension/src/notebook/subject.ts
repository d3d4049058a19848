/** What a call would do to which cell, for its card: in words, and as texts to compare. Changes nothing. */

import type { ICellModel } from '@jupyterlab/cells';
import type { NotebookPanel } from '@jupyterlab/notebook';

import type { NotebookCall } from '../tokens';
import type { Subject } from '../turn';
import { cellModels, hashOf, placeOf } from './snapshot';
import { SLOW, type Words } from './words';

/** Characters of a cell's first line that are shown. */
const LINE = 70;

/** The subject of a call; null where it is about no cell. `seconds` tells how long a cell took the last time. */
export function subjectOf(
  panel: NotebookPanel,
  call: NotebookCall,
  seconds: (cell: string) => number | undefined,
  words: Words
): Subject | null {
  const { name, arguments: args } = call;
  const cell = cellModels(panel)[placeOf(panel, args.cell)];
  const source = cell?.sharedModel.getSource() ?? null;
  const named = (): string => (cell ? address(panel, cell, words) : words.noCell);
  switch (name) {
    case 'edit_cell': {
      const stale = source !== null && args.hash !== hashOf(source) ? words.changedSince : '';
      return { words: said(words.edits(named()), stale), before: source, after: text(args.source) };
    }
    case 'delete_cell': {
      const stale = source !== null && args.hash !== hashOf(source) ? words.changedSince : '';
      return { words: said(words.deletes(named()), stale), before: source, after: null };
    }
    case 'run_cell':
      return { words: words.runs(named()) + (cell ? lastTime(seconds(cell.id), words) : ''), before: null, after: source };
    case 'move_cell':
      return { words: words.moves(named(), whereTo(panel, args.after ?? null, words)), before: null, after: null };
    case 'add_cell': {
      const type = args.type === 'markdown' || args.type === 'raw' ? args.type : 'code';
      return { words: words.adds(words.types[type], whereNew(panel, args, words)), before: null, after: text(args.source) };
    }
    default:
      return null;
  }
}

/** `Cell 3: df = pd.read_csv(…)`. */
export function address(panel: NotebookPanel, cell: ICellModel, words: Words): string {
  return words.anAddress(placeOf(panel, cell.id) + 1, firstLine(cell.sharedModel.getSource()));
}

/** The first line that says something, cut. */
export function firstLine(source: string): string {
  const line = source.split('\n').find(one => one.trim())?.trim() ?? '';
  return line.length > LINE ? `${line.slice(0, LINE)}…` : line;
}

/** Beside the cell how long it took; of one that takes long in a line of its own. */
function lastTime(seconds: number | undefined, words: Words): string {
  if (seconds === undefined || seconds < 1) {
    return '';
  }
  const time = words.seconds(seconds);
  return seconds < SLOW ? ` · ${words.took(time)}` : `\n${words.slow(time)}`;
}

function whereTo(panel: NotebookPanel, after: unknown, words: Words): string {
  const anchor = cellModels(panel)[placeOf(panel, after)];
  return after === null ? words.toTop : words.below(anchor ? address(panel, anchor, words) : words.noCell);
}

function whereNew(panel: NotebookPanel, args: NotebookCall['arguments'], words: Words): string {
  const anchor = (id: unknown): string => {
    const cell = cellModels(panel)[placeOf(panel, id)];
    return cell ? address(panel, cell, words) : words.noCell;
  };
  if (args.after === 'end' || args.before === 'end') {
    return words.atEnd;
  }
  if (typeof args.before === 'string') {
    return words.above(anchor(args.before));
  }
  return typeof args.after === 'string' ? words.below(anchor(args.after)) : words.belowActive;
}

function said(...lines: readonly string[]): string {
  return lines.filter(Boolean).join('\n');
}

function text(value: unknown): string {
  return typeof value === 'string' ? value : '';
}
