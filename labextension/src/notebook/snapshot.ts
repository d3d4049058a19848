/** The cells of a notebook as they are now: what goes along with a question. Changes no cell. */

import type { ICellModel, ICodeCellModel } from '@jupyterlab/cells';
import type { IOutput } from '@jupyterlab/nbformat';
import type { NotebookPanel } from '@jupyterlab/notebook';

import type { CellNow } from '../tokens';
import { plainSha256 } from '../turn/digest';
import { failure, middleCut, outputsText } from './outputs';

/** Characters of all cells together, nearly bytes of JSON. */
const ALL = 1_900_000;
/** Characters that are kept of a source that is far away, where even the sources are too many. */
const FAR_SOURCE = 2000;

/** What a cell's source is known by to the model: changed text, other hash. */
export function hashOf(source: string): string {
  return plainSha256(source).slice(0, 12);
}

/** The cells' models in order; none where the notebook is not loaded, or closed. */
export function cellModels(panel: NotebookPanel): ICellModel[] {
  const cells = panel.isDisposed ? undefined : panel.content.model?.cells;
  return cells ? Array.from(cells) : [];
}

/** The place of a cell by its id; -1 where there is none. */
export function placeOf(panel: NotebookPanel, id: unknown): number {
  return cellModels(panel).findIndex(cell => cell.id === id);
}

export function isCode(cell: ICellModel): cell is ICodeCellModel {
  return cell.type === 'code';
}

/** Whether a cell was sent to run and is not done. */
export function isRunning(cell: ICellModel): boolean {
  return isCode(cell) && cell.executionState === 'running';
}

export function outputsOf(cell: ICellModel): IOutput[] {
  return isCode(cell) ? cell.outputs.toJSON() : [];
}

/** The id of the active cell. */
export function activeCell(panel: NotebookPanel): string | null {
  return panel.isDisposed ? null : (panel.content.activeCell?.model.id ?? null);
}

/** Make a cell the active one; the keys that the user types elsewhere stay there. */
export function activate(panel: NotebookPanel, place: number): void {
  const focused = document.activeElement;
  const notebook = panel.content;
  notebook.mode = 'command';
  notebook.activeCellIndex = place;
  notebook.deselectAll();
  if (focused instanceof HTMLElement && focused !== document.activeElement) {
    focused.focus({ preventScroll: true });
  }
}

/** All cells in order, at most 2 MB in all: what is far from the active cell is cut first. */
export function cellsNow(panel: NotebookPanel): CellNow[] {
  const cells = cellModels(panel).map(cellNow);
  const active = Math.max(0, placeOf(panel, activeCell(panel)));
  return fitting(cells, active);
}

/** The cells that arguments name: by ids, or from one place to another, counted from 1; else all. */
export function wantedCells(panel: NotebookPanel, args: Readonly<Record<string, unknown>>): CellNow[] {
  const cells = cellModels(panel);
  const { cells: ids, from = 1, to = cells.length } = args;
  const wanted = Array.isArray(ids)
    ? cells.filter(cell => ids.includes(cell.id))
    : cells.slice(Math.max(1, Number(from)) - 1, Math.max(0, Number(to)));
  return fitting(wanted.map(cellNow), 0);
}

export function cellNow(cell: ICellModel): CellNow {
  const outputs = outputsOf(cell);
  return {
    id: cell.id,
    type: cell.type === 'code' || cell.type === 'markdown' ? cell.type : 'raw',
    source: cell.sharedModel.getSource(),
    number: isCode(cell) ? cell.executionCount : null,
    outputs: outputsText(outputs),
    failed: failure(outputs)
  };
}

/** The cells, without outputs and then with less of their sources from the farthest on, until they fit. */
export function fitting(cells: readonly CellNow[], active: number, limit = ALL): CellNow[] {
  const kept = [...cells];
  const order = kept.map((_, place) => place).sort((one, other) => Math.abs(other - active) - Math.abs(one - active));
  let size = kept.reduce((sum, cell) => sum + sizeOf(cell), 0);
  for (const shorten of [withoutOutputs, withLessSource]) {
    for (const place of order) {
      const cell = kept[place];
      if (size > limit && cell) {
        const shorter = shorten(cell);
        size -= sizeOf(cell) - sizeOf(shorter);
        kept[place] = shorter;
      }
    }
  }
  return kept;
}

function withoutOutputs(cell: CellNow): CellNow {
  return cell.outputs ? { ...cell, outputs: '[left out: the notebook is large]' } : cell;
}

function withLessSource(cell: CellNow): CellNow {
  return { ...cell, source: middleCut(cell.source, FAR_SOURCE) };
}

function sizeOf(cell: CellNow): number {
  return cell.source.length + cell.outputs.length + cell.failed.length + 150;
}
