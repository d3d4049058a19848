/**
 * What the sidebar and the notebook's side of the extension ask of each other: interfaces and tokens, nothing that runs.
 *
 * The sidebar talks to the kernel and shows turns; the notebook's side reads and changes cells. Neither imports the other.
 */

import type { IOutput } from '@jupyterlab/nbformat';
import type { NotebookPanel } from '@jupyterlab/notebook';
import { Token } from '@lumino/coreutils';
import type { ISignal } from '@lumino/signaling';

import type { Subject } from './turn/host';

/** A cell as it is now. */
export interface CellNow {
  readonly id: string;
  readonly type: 'code' | 'markdown' | 'raw';
  readonly source: string;
  /** The number it was run with. */
  readonly number: number | null;
  /** The text of its outputs, at most 4,000 characters. */
  readonly outputs: string;
  /** The error it ended with, in a line; empty where it did not fail. */
  readonly failed: string;
}

/** Something that goes along with a question, under its name; at most 64 KB of text. */
export interface Attachment {
  readonly kind: 'selection' | 'cell' | 'file';
  readonly name: string;
  readonly text: string;
}

/** What the kernel may ask to be done in the notebook. */
export type Action =
  | 'run'
  | 'add_cell'
  | 'run_cell'
  | 'edit_cell'
  | 'delete_cell'
  | 'move_cell'
  | 'read_cells'
  | 'read_output';

export interface NotebookRequest {
  readonly request: string;
  readonly turn: string;
  readonly call: string;
  readonly action: Action;
  readonly arguments: Readonly<Record<string, unknown>>;
  /** Hex SHA-256 of the UTF-8 of the code, or of the new source; empty where there is none. */
  readonly digest: string;
}

/** How a request went. `changed`: the cell is another than the model saw. `gone`: there is no such cell or notebook. */
export interface NotebookResult {
  readonly status: 'ok' | 'error' | 'interrupted' | 'changed' | 'gone' | 'refused';
  readonly text: string;
  readonly outputs?: readonly IOutput[];
  readonly number?: number;
  readonly seconds?: number;
  readonly cell?: string;
}

/** A call of the model's as far as the notebook is concerned. */
export interface NotebookCall {
  readonly name: string;
  readonly arguments: Readonly<Record<string, unknown>>;
}

/** The notebook's side: the only one that reads and changes cells. */
export interface INotebookActs {
  /** All cells in order, at most 2 MB in all: outputs far from the active cell are cut first. */
  cells(panel: NotebookPanel): CellNow[];
  /** The id of the active cell. */
  active(panel: NotebookPanel): string | null;
  /**
   * Do what the kernel asks, and tell how it went. It never rejects.
   *
   * `onOutputs` is told the outputs so far of what runs as scratch, which has no cell to show them.
   */
  perform(
    panel: NotebookPanel,
    request: NotebookRequest,
    onOutputs?: (outputs: readonly IOutput[]) => void
  ): Promise<NotebookResult>;
  /** Stop a request: interrupt it if it runs now, see to it that it doesn't begin if it has not. */
  cancel(request: string): void;
  /** What a call would do to which cell, for its card: the turn view's `subject`. */
  subject(panel: NotebookPanel, call: NotebookCall): Subject | null;
  /** Put new code cells below the active one. Runs nothing. */
  insert(panel: NotebookPanel, sources: readonly string[]): void;
  /** Bring back the cells as they were before a turn; tells in a line what it did. */
  revert(panel: NotebookPanel, turn: string): Promise<string>;
  /** What `revert` would bring back, in a line; empty where there is nothing. */
  revertable(turn: string): string;
  /** Emits a turn's id when `revertable` changed for it. */
  readonly changed: ISignal<INotebookActs, string>;
}

export const INotebookActs = new Token<INotebookActs>('kimi-jupyter:INotebookActs', 'Reads and changes cells for Kimi.');

/** Something that `@` completes. */
export interface Mention {
  readonly kind: 'variable' | 'cell' | 'file' | 'heading';
  /** What is chosen by, such as `orders.csv` or `In [3]`. */
  readonly label: string;
  /** What it is, such as a variable's type and shape or a cell's first line. */
  readonly detail: string;
  /** The text that takes the place of `@` and what was typed after it. */
  readonly insert: string;
  /** What goes along with the question; null where the kernel knows it by its name. Read only when it was chosen. */
  readonly attach: (() => Promise<Attachment | null>) | null;
}

/** Completes `@` with what the notebook and the files beside it have: cells, headings and files. */
export interface INotebookMentions {
  /** Those whose label or detail holds a text, the best first, at most 50. */
  mentions(panel: NotebookPanel, text: string): Promise<Mention[]>;
  /** The selected text of the active cell, else the cell with its error; null where there is none. */
  selected(panel: NotebookPanel): Attachment | null;
  /** What was dropped on the input, from the file browser or a notebook; null where it is nothing of that kind. */
  dropped(panel: NotebookPanel, event: DragData): Promise<Attachment[]> | null;
}

/** The data of a Lumino drag event. */
export interface DragData {
  readonly mimeData: { hasData(mime: string): boolean; getData(mime: string): unknown };
  readonly source: unknown;
}

export const INotebookMentions = new Token<INotebookMentions>(
  'kimi-jupyter:INotebookMentions',
  'Completes cells, headings and files for Kimi.'
);

/** The sidebar, for those who want to ask something. */
export interface IAskKimi {
  /** The notebook that the sidebar is bound to now. */
  readonly panel: NotebookPanel | null;
  /** Open the sidebar on a notebook, put attachments into its input, and a question unless it has one; sends nothing. */
  attach(panel: NotebookPanel, attachments: readonly Attachment[], prompt?: string): Promise<void>;
  /**
   * Open the sidebar on a notebook and ask.
   *
   * Only for what a user pressed (`isTrusted`), never for a command: any output may hold a link that runs commands.
   */
  ask(panel: NotebookPanel, prompt: string, attachments: readonly Attachment[]): Promise<void>;
}

export const IAskKimi = new Token<IAskKimi>('kimi-jupyter:IAskKimi', 'The sidebar, for those who want to ask Kimi.');
