/** Cells and outputs as the model reads them. Changes nothing. */

import type { ICellModel } from '@jupyterlab/cells';

import { failure, middleCut, outputsText } from './outputs';
import { hashOf, isCode, isRunning, outputsOf } from './snapshot';

/** Characters of one answer, of a source in it, and of one part of an output. */
const ALL = 32_000;
const SOURCE = 8000;
const PART = 8000;

/** The cells that were asked for, each below a line on what it is; those that no longer fit are counted. */
export function cellsText(cells: readonly ICellModel[], wanted: readonly number[]): string {
  const texts: string[] = [];
  let room = ALL;
  for (const place of wanted) {
    const cell = cells[place];
    const text = cell ? cellText(cell, place) : '';
    if (text.length > room) {
      texts.push(`(${wanted.length - texts.length} more cells do not fit: ask for them by their numbers, from ${place + 1} on)`);
      break;
    }
    room -= text.length;
    texts.push(text);
  }
  return texts.join('\n\n') || 'There are no such cells.';
}

/** Places of the cells that arguments name: by ids, or from one number to another, counted from 1; else all. */
export function wantedPlaces(cells: readonly ICellModel[], args: Readonly<Record<string, unknown>>): number[] {
  if (Array.isArray(args.cells)) {
    return args.cells.map(id => cells.findIndex(cell => cell.id === id)).filter(place => place >= 0);
  }
  const from = typeof args.from === 'number' ? Math.max(1, args.from) : 1;
  const to = typeof args.to === 'number' ? Math.min(cells.length, args.to) : cells.length;
  return Array.from({ length: Math.max(0, to - from + 1) }, (_, step) => from - 1 + step);
}

/** A part of a cell's output, counted from 1, and how many there are. */
export function outputPart(cell: ICellModel, part: unknown): string {
  const text = outputsText(outputsOf(cell), Infinity);
  const parts = Math.max(1, Math.ceil(text.length / PART));
  const number = typeof part === 'number' && Number.isInteger(part) ? Math.min(Math.max(1, part), parts) : 1;
  const shown = text.slice((number - 1) * PART, number * PART);
  return parts === 1 ? shown || 'The cell has no output.' : `(part ${number} of ${parts})\n${shown}`;
}

function cellText(cell: ICellModel, place: number): string {
  const source = cell.sharedModel.getSource();
  const head = [`cell ${place + 1}`, cell.type, `id ${cell.id}`, `hash ${hashOf(source)}`, ...ran(cell)].join(' · ');
  return `${head}\n${middleCut(source, SOURCE)}`;
}

function ran(cell: ICellModel): string[] {
  if (!isCode(cell)) {
    return [];
  }
  const outputs = outputsOf(cell);
  const failed = failure(outputs);
  const state = isRunning(cell) ? 'runs now' : cell.executionCount === null ? 'not run' : `run as [${cell.executionCount}]`;
  const length = outputsText(outputs, Infinity).length;
  return [state, ...(failed ? [`failed: ${failed}`] : []), ...(length ? [`output of ${length} characters`] : [])];
}
