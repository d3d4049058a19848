/**
 * The changes that Kimi makes to a notebook's cells, each one transaction of the shared model.
 *
 * Nothing else of the extension changes cells. What is done here needs no collaboration and survives it; what it may not
 * do is told by a `Hindrance`.
 */

import type { SharedCell } from '@jupyter/ydoc';
import type { ICellModel } from '@jupyterlab/cells';
import type { NotebookPanel } from '@jupyterlab/notebook';
import { UUID } from '@lumino/coreutils';

import type { NotebookResult } from '../tokens';
import { cellModels, hashOf, isRunning, placeOf } from './snapshot';

export type CellType = 'code' | 'markdown' | 'raw';

/** Why something was not done: what the model is told. */
export class Hindrance extends Error {
  constructor(
    readonly status: NotebookResult['status'],
    text: string,
    readonly cell?: string
  ) {
    super(text);
  }
}

/** Which turn and call a cell came from. A mark for the eye: nothing is allowed by it. */
export interface Origin {
  readonly turn: string;
  readonly call: string;
}

/** The notebook's shared model. */
export function sharedNotebook(panel: NotebookPanel): NonNullable<NotebookPanel['content']['model']>['sharedModel'] {
  const model = panel.isDisposed ? null : panel.content.model;
  if (!model) {
    throw new Hindrance('gone', 'The notebook was closed.');
  }
  return model.sharedModel;
}

/** The shared model of a notebook whose cells may be changed. */
export function changeable(panel: NotebookPanel): ReturnType<typeof sharedNotebook> {
  const shared = sharedNotebook(panel);
  if (isReadOnly(panel)) {
    throw new Hindrance('refused', 'The notebook is read-only: its cells can’t be changed.');
  }
  return shared;
}

export function isReadOnly(panel: NotebookPanel): boolean {
  return panel.content.model?.readOnly === true || panel.context.contentsModel?.writable === false;
}

/** A cell by its id, and its place. */
export function found(panel: NotebookPanel, id: unknown): { readonly cell: ICellModel; readonly place: number } {
  sharedNotebook(panel);
  const place = placeOf(panel, id);
  const cell = cellModels(panel)[place];
  if (!cell) {
    throw new Hindrance('gone', `There is no cell ${JSON.stringify(id)} in the notebook: it may have been deleted.`);
  }
  return { cell, place };
}

/** Put a cell at a place; returns its id. */
export function insertCell(
  panel: NotebookPanel,
  place: number,
  type: CellType,
  source: string,
  origin: Origin | null,
  folded = false
): string {
  const shared = changeable(panel);
  // As short as nbformat's own, since the model reads and writes it.
  const id = UUID.uuid4().slice(0, 8);
  const metadata = {
    ...(type === 'code' ? { trusted: true } : {}),
    ...(origin ? { kimi: { turn: origin.turn, call: origin.call } } : {}),
    ...(folded ? { jupyter: { source_hidden: true } } : {})
  };
  shared.insertCell(place, { id, cell_type: type, source, metadata });
  return id;
}

/** Give a cell another source, if it still has the one that a hash tells. */
export function editCell(panel: NotebookPanel, id: unknown, hash: unknown, source: string): void {
  const { cell } = untouched(panel, id, hash);
  if (cell.getMetadata('editable') === false) {
    throw new Hindrance('refused', 'The cell is locked: its metadata says it can’t be edited.', cell.id);
  }
  cell.sharedModel.transact(() => cell.sharedModel.setSource(source));
}

/** Take a cell away, if it still has the source that a hash tells; returns what it was, outputs and all. */
export function deleteCell(panel: NotebookPanel, id: unknown, hash: unknown): SharedCell.Cell {
  const { cell, place } = untouched(panel, id, hash);
  if (cell.getMetadata('deletable') === false) {
    throw new Hindrance('refused', 'The cell is locked: its metadata says it can’t be deleted.', cell.id);
  }
  const kept = { ...cell.sharedModel.toJSON(), id: cell.id } as SharedCell.Cell;
  changeable(panel).deleteCell(place);
  return kept;
}

/** Put a cell behind another, or to the top. */
export function moveCell(panel: NotebookPanel, id: unknown, after: unknown): void {
  const shared = changeable(panel);
  const { cell, place } = found(panel, id);
  refuseRunning(cell);
  const anchor = after === null ? -1 : found(panel, after).place;
  const target = anchor < place ? anchor + 1 : anchor;
  if (target !== place) {
    shared.moveCell(place, target);
  }
}

/** A cell with the source that its hash tells; else the model is told its source now. */
function untouched(panel: NotebookPanel, id: unknown, hash: unknown): ReturnType<typeof found> {
  changeable(panel);
  const there = found(panel, id);
  const source = there.cell.sharedModel.getSource();
  if (hashOf(source) !== hash) {
    const now = `The cell is not as you saw it; nothing was changed. Its hash is ${hashOf(source)} now, its source:\n${source}`;
    throw new Hindrance('changed', now, there.cell.id);
  }
  refuseRunning(there.cell);
  return there;
}

function refuseRunning(cell: ICellModel): void {
  if (isRunning(cell)) {
    throw new Hindrance('refused', 'The cell runs, or waits to run: it can’t be changed now.', cell.id);
  }
}

/** Cells with these sources below the active one, as the user asked; the first becomes the active one. */
export function insertBelow(panel: NotebookPanel, sources: readonly string[]): void {
  const shared = changeable(panel);
  const notebook = panel.content;
  const place = cellModels(panel).length ? notebook.activeCellIndex + 1 : 0;
  shared.insertCells(
    place,
    sources.map(source => ({ cell_type: 'code' as const, source, metadata: { trusted: true } }))
  );
  notebook.activeCellIndex = place;
}

