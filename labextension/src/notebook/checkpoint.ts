/**
 * What a turn changed in a notebook, so that it can be taken back: one checkpoint a turn, in memory.
 *
 * The order of the cells is noted before the first change, and of each cell what it was. What the user changed since
 * stays as it is, and is told.
 */

import type { SharedCell } from '@jupyter/ydoc';
import type { ICellModel } from '@jupyterlab/cells';
import type { NotebookPanel } from '@jupyterlab/notebook';

import { changeable, isReadOnly } from './cells';
import { cellModels, isRunning, placeOf } from './snapshot';

/** What is said about taking back, in the user's language. */
export interface RevertWords {
  readonly would: (changes: Changes) => string;
  readonly did: (changes: Changes, kept: number) => string;
  readonly readOnly: string;
}

/** How many cells a turn added, edited, deleted and moved. */
export interface Changes {
  readonly added: number;
  readonly edited: number;
  readonly deleted: number;
  readonly moved: number;
}

interface Done {
  done: number;
  kept: number;
}

interface Edit {
  readonly before: string;
  after: string;
}

export class Checkpoint {
  private readonly order: readonly string[];
  /** Sources of added cells as they were added or edited since by the turn. */
  private readonly added = new Map<string, string>();
  private readonly edited = new Map<string, Edit>();
  private readonly deleted = new Map<string, SharedCell.Cell>();
  private readonly moved = new Set<string>();

  constructor(readonly panel: NotebookPanel) {
    this.order = cellModels(panel).map(cell => cell.id);
  }

  /** The cell that the turn added last, if it is still there. */
  get last(): string | null {
    return [...this.added.keys()].findLast(id => placeOf(this.panel, id) >= 0) ?? null;
  }

  get changes(): Changes {
    const { added, edited, deleted, moved } = this;
    return { added: added.size, edited: edited.size, deleted: deleted.size, moved: moved.size };
  }

  get empty(): boolean {
    return Object.values(this.changes).every(number => number === 0);
  }

  noteAdded(id: string, source: string): void {
    this.added.set(id, source);
  }

  noteEdited(id: string, before: string, after: string): void {
    const edit = this.edited.get(id);
    if (this.added.has(id)) {
      this.added.set(id, after);
    } else if (edit) {
      edit.after = after;
    } else {
      this.edited.set(id, { before, after });
    }
  }

  noteDeleted(id: string, cell: SharedCell.Cell): void {
    const edit = this.edited.get(id);
    this.moved.delete(id);
    this.edited.delete(id);
    if (!this.added.delete(id)) {
      this.deleted.set(id, edit ? { ...cell, source: edit.before } : cell);
    }
  }

  noteMoved(id: string): void {
    if (!this.added.has(id)) {
      this.moved.add(id);
    }
  }

  /** Bring back what was; tells what it did. */
  revert(words: RevertWords): string {
    if (isReadOnly(this.panel)) {
      return words.readOnly;
    }
    // Sources first: a cell that is moved is another object afterwards.
    const edited = this.revertEdited();
    const added = this.removeAdded();
    return words.did(
      { added: added.done, edited: edited.done, ...this.restoreOrder() },
      added.kept + edited.kept
    );
  }

  private revertEdited(): Done {
    const tally = { done: 0, kept: 0 };
    changeable(this.panel).transact(() => {
      for (const [id, { before, after }] of this.edited) {
        const cell = this.unchanged(id, after, tally);
        cell?.sharedModel.setSource(before);
      }
    });
    return tally;
  }

  private removeAdded(): Done {
    const tally = { done: 0, kept: 0 };
    for (const [id, source] of this.added) {
      if (this.unchanged(id, source, tally)) {
        changeable(this.panel).deleteCell(placeOf(this.panel, id));
      }
    }
    return tally;
  }

  /** A cell that still is as the turn left it, counted; one that the user changed is counted as kept. */
  private unchanged(id: string, source: string, tally: Done): ICellModel | null {
    const cell = this.cell(id);
    if (!cell) {
      return null;
    }
    const same = cell.sharedModel.getSource() === source && !isRunning(cell);
    tally[same ? 'done' : 'kept']++;
    return same ? cell : null;
  }

  /** From the top down, so that what a cell stood below is in its place before the cell comes. */
  private restoreOrder(): { deleted: number; moved: number } {
    const tally = { deleted: 0, moved: 0 };
    for (const id of this.order) {
      const deleted = this.deleted.get(id);
      if (deleted) {
        tally.deleted += Number(this.bringBack(id, deleted));
      } else if (this.moved.has(id)) {
        tally.moved += Number(this.moveBack(id));
      }
    }
    return tally;
  }

  private bringBack(id: string, cell: SharedCell.Cell): boolean {
    const missing = placeOf(this.panel, id) < 0;
    if (missing) {
      changeable(this.panel).insertCell(this.placeFor(id), cell);
    }
    return missing;
  }

  private cell(id: string): ICellModel | undefined {
    return cellModels(this.panel).find(cell => cell.id === id);
  }

  /** Behind the nearest of the cells that stood before it. */
  private placeFor(id: string): number {
    const before = this.order.slice(0, this.order.indexOf(id));
    const anchor = before.findLast(other => other !== id && placeOf(this.panel, other) >= 0);
    return anchor === undefined ? 0 : placeOf(this.panel, anchor) + 1;
  }

  private moveBack(id: string): boolean {
    const cell = this.cell(id);
    const place = placeOf(this.panel, id);
    if (!cell || isRunning(cell)) {
      return false;
    }
    const wanted = this.placeFor(id);
    const target = wanted > place ? wanted - 1 : wanted;
    if (target !== place) {
      changeable(this.panel).moveCell(place, target);
    }
    return true;
  }
}
