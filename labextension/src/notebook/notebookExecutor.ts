/**
 * Does in the notebook what the kernel asks on behalf of an approved call, and tells how it went.
 *
 * Code runs as the notebook's own cells do, on its own connection, byte for byte as it was approved. Only `cells.ts`
 * beside this changes cells. No registered command leads here.
 */

import { CodeCell } from '@jupyterlab/cells';
import type { IOutput } from '@jupyterlab/nbformat';
import type { NotebookPanel } from '@jupyterlab/notebook';
import type { Kernel } from '@jupyterlab/services';

import type { NotebookRequest, NotebookResult } from '../tokens';
import { plainSha256 } from '../turn/digest';
import { deleteCell, editCell, found, Hindrance, insertCell, isReadOnly, moveCell, type CellType } from './cells';
import { Checkpoint } from './checkpoint';
import type { Ending, Executions } from './executions';
import { bounded } from './outputs';
import { ScratchRun } from './scratch';
import { activate, cellModels, isCode, isRunning, outputsOf, placeOf, wantedCells } from './snapshot';

/** Milliseconds after which an interrupt that did not help is sent once more. */
const AGAIN = 5000;

/** Stands for the outputs of a cell that was deleted while it ran. */
const DELETED: IOutput = {
  output_type: 'stream',
  name: 'stderr',
  text: '[The cell was deleted while it ran, and its outputs with it.]\n'
};

/** What the executor needs to know of a notebook. */
export interface Bench {
  readonly panel: NotebookPanel;
  readonly executions: Executions;
  /** Whether the user wants cells of Kimi's with their source folded away. */
  readonly fold: boolean;
  /** To be called before anything is changed or run. */
  begin(): void;
  checkpoint(turn: string): Checkpoint;
}

type Outputs = (outputs: readonly IOutput[]) => void;

/** One request on its way. */
export class Task {
  private readonly stop = new AbortController();
  /** The message of the execution that it sent. */
  private message = '';
  private kernel: Kernel.IKernelConnection | null = null;

  constructor(
    private readonly bench: Bench,
    private readonly request: NotebookRequest,
    private readonly onOutputs: Outputs | null
  ) {}

  /** Do it. Never rejects: what went wrong is the answer. */
  async perform(): Promise<NotebookResult> {
    const { panel } = this.bench;
    const closed = (): void => this.stop.abort();
    panel.disposed.connect(closed);
    try {
      return await this.act();
    } catch (error) {
      if (error instanceof Hindrance) {
        const { status, message, cell } = error;
        return { status, text: message, ...(cell ? { cell } : {}) };
      }
      console.error(error);
      return { status: 'refused', text: 'The notebook could not do it: an error of the extension, told in the browser’s console.' };
    } finally {
      panel.disposed.disconnect(closed);
    }
  }

  /** Never begin, or interrupt what runs; only this very execution, whatever else the kernel does. */
  cancel(): void {
    this.stop.abort();
    if (this.message) {
      void this.interrupt(this.message);
    }
  }

  private async interrupt(message: string): Promise<void> {
    const { executions } = this.bench;
    await executions.begun(message);
    for (let times = 0; times < 2 && executions.runs(message); times++) {
      await this.kernel?.interrupt();
      await Promise.race([executions.ended(message), new Promise(resolve => setTimeout(resolve, AGAIN))]);
    }
  }

  private act(): Promise<NotebookResult> | NotebookResult {
    const { action, arguments: args } = this.request;
    switch (action) {
      case 'run':
        return this.run(this.approved(args.code), args.after, args.place === 'scratch');
      case 'run_cell':
        return this.rerun(args.cell);
      case 'add_cell':
        return this.add(this.approved(args.source), args);
      case 'edit_cell':
        return this.edit(this.approved(args.source), args);
      case 'delete_cell':
        return this.delete(args);
      case 'move_cell':
        return this.move(args);
      case 'read_cells':
        return { status: 'ok', text: JSON.stringify(wantedCells(this.bench.panel, args)) };
      case 'read_output':
        return this.output(args);
    }
  }

  /** The text of a call, if it is the one that was approved (hazards APP-24). */
  private approved(text: unknown): string {
    if (typeof text !== 'string' || plainSha256(text) !== this.request.digest) {
      throw new Hindrance('refused', 'Not done: the text that arrived is not the one that was approved.');
    }
    return text;
  }

  // ---- running -------------------------------------------------------------------------------------------------------

  private async run(code: string, after: unknown, scratch: boolean): Promise<NotebookResult> {
    await this.free();
    if (scratch || isReadOnly(this.bench.panel)) {
      return this.runScratch(code);
    }
    const id = this.insertAfter(code, after);
    return this.runCell(id, code);
  }

  private async rerun(id: unknown): Promise<NotebookResult> {
    const { panel } = this.bench;
    const { cell } = found(panel, id);
    if (cell.type === 'markdown') {
      return { status: 'refused', text: 'It is a Markdown cell: there is nothing to run in it.', cell: cell.id };
    }
    const approved = cell.sharedModel.getSource();
    if (this.request.digest && plainSha256(approved) !== this.request.digest) {
      throw new Hindrance('changed', `The cell is not as it was when its run was allowed. Its source now:\n${approved}`, cell.id);
    }
    await this.free();
    return this.runCell(cell.id, approved);
  }

  /** Wait until what the user queued has run. */
  private async free(): Promise<void> {
    const { panel, executions } = this.bench;
    this.kernel = panel.sessionContext.session?.kernel ?? null;
    if (!this.kernel) {
      throw new Hindrance('refused', 'The notebook has no kernel.');
    }
    if (await executions.whenFree(this.stop.signal)) {
      this.bench.begin();
      return;
    }
    if (panel.isDisposed) {
      throw new Hindrance('gone', 'The notebook was closed before it began; it did not run.');
    }
    throw this.stop.signal.aborted
      ? new Hindrance('interrupted', 'Stopped before it began; it did not run.')
      : new Hindrance('gone', 'The kernel restarted, or is another one, before it began; it did not run.');
  }

  /** Put code into a new cell below the turn's last one, below the one that was active, or at the end. */
  private insertAfter(code: string, after: unknown): string {
    const { panel, fold } = this.bench;
    const checkpoint = this.checkpoint();
    const id = insertCell(panel, this.placeAfter(checkpoint.last ?? after), 'code', code, this.request, fold);
    checkpoint.noteAdded(id, code);
    show(panel, id);
    return id;
  }

  private placeAfter(anchor: unknown): number {
    const { panel } = this.bench;
    const cells = cellModels(panel);
    const known = placeOf(panel, anchor);
    const place = known >= 0 ? known : panel.content.activeCellIndex;
    const cell = cells[place];
    // An empty cell that waits for the user stays below.
    const blank = cell && isCode(cell) && !cell.sharedModel.getSource().trim() && !isRunning(cell);
    return cell ? place + (blank ? 0 : 1) : cells.length;
  }

  /** Run a cell whose source is exactly this, and wait for its end. */
  private async runCell(id: string, code: string): Promise<NotebookResult> {
    const { panel } = this.bench;
    const { cell, place } = found(panel, id);
    const widget = panel.content.widgets[place];
    if (!(widget instanceof CodeCell) || cell.sharedModel.getSource() !== code) {
      throw new Hindrance('changed', `The cell changed before it began; it did not run. Its source now:\n${cell.sharedModel.getSource()}`, id);
    }
    const notebook = panel.content;
    // From here to the message that is sent nothing else can happen. The tag, which stays out of the notebook, lets what
    // the user queued behind it run even if it fails.
    const running = CodeCell.execute(widget, panel.sessionContext, {
      deletedCells: notebook.model?.deletedCells ?? [],
      recordTiming: notebook.notebookConfig.recordTiming,
      tags: ['raises-exception']
    });
    const message = (widget.outputArea.future as typeof widget.outputArea.future | null)?.msg.header.msg_id;
    if (!message) {
      await running;
      return { status: 'ok', text: 'The cell is empty: nothing ran.', cell: id };
    }
    const [, ending] = await Promise.all([running.catch(() => undefined), this.end(message)]);
    const model = cellModels(panel).find(other => other.id === id);
    const outputs = model ? bounded(outputsOf(model)) : [DELETED];
    return { ...this.told(ending), outputs, cell: id };
  }

  private async runScratch(code: string): Promise<NotebookResult> {
    const kernel = this.kernel;
    if (!kernel) {
      throw new Hindrance('refused', 'The notebook has no kernel.');
    }
    const run = new ScratchRun(kernel, code, this.onOutputs);
    const ending = await this.end(run.message);
    await run.done;
    return { ...this.told(ending), outputs: bounded(run.outputs) };
  }

  private async end(message: string): Promise<Ending> {
    this.message = message;
    if (this.stop.signal.aborted) {
      void this.interrupt(message);
    }
    return this.bench.executions.ended(message);
  }

  private told(ending: Ending): NotebookResult {
    const { number, seconds } = ending;
    const counted = { ...(number === null ? {} : { number }), seconds };
    switch (ending.status) {
      case 'ok':
        return { status: 'ok', text: '', ...counted };
      case 'error':
        return { status: ending.error === 'KeyboardInterrupt' ? 'interrupted' : 'error', text: ending.error, ...counted };
      case 'aborted':
        return { status: 'interrupted', text: 'It did not run: the kernel dropped what was queued, as a cell before it failed.' };
      case 'lost': {
        const why = this.bench.panel.isDisposed ? 'The notebook was closed' : 'The kernel restarted or went away';
        return { status: 'gone', text: `${why} while it ran; whether it ran to its end is not known.` };
      }
    }
  }

  /** All outputs of a cell, or one of them, counted from 1. */
  private output({ cell: id, part }: Readonly<Record<string, unknown>>): NotebookResult {
    const { cell } = found(this.bench.panel, id);
    const all = outputsOf(cell);
    const outputs = typeof part === 'number' ? all.slice(part - 1, part) : all;
    const text = all.length ? `It has ${all.length} outputs.` : 'The cell has no output.';
    return { status: 'ok', text, outputs: bounded(outputs), cell: cell.id };
  }

  // ---- changing ------------------------------------------------------------------------------------------------------

  private add(source: string, args: Readonly<Record<string, unknown>>): NotebookResult {
    const { panel, fold } = this.bench;
    const type: CellType = args.type === 'markdown' || args.type === 'raw' ? args.type : 'code';
    const checkpoint = this.checkpoint();
    const id = insertCell(panel, this.placeFor(args, checkpoint.last), type, source, this.request, fold && type === 'code');
    checkpoint.noteAdded(id, source);
    show(panel, id);
    return this.done(id, `Added as cell ${placeOf(panel, id) + 1}.`);
  }

  private placeFor(args: Readonly<Record<string, unknown>>, last: string | null): number {
    const { panel } = this.bench;
    if (typeof args.before === 'string') {
      return found(panel, args.before).place;
    }
    if (args.after === 'end' || args.before === 'end') {
      return cellModels(panel).length;
    }
    return typeof args.after === 'string' ? found(panel, args.after).place + 1 : this.placeAfter(last);
  }

  private edit(source: string, args: Readonly<Record<string, unknown>>): NotebookResult {
    const { panel } = this.bench;
    const { cell } = found(panel, args.cell);
    const before = cell.sharedModel.getSource();
    const checkpoint = this.checkpoint();
    editCell(panel, args.cell, args.hash, source);
    checkpoint.noteEdited(cell.id, before, source);
    show(panel, cell.id);
    return this.done(cell.id, `Cell ${placeOf(panel, cell.id) + 1} was changed. It was not run.`);
  }

  private delete(args: Readonly<Record<string, unknown>>): NotebookResult {
    const checkpoint = this.checkpoint();
    const kept = deleteCell(this.bench.panel, args.cell, args.hash);
    checkpoint.noteDeleted(String(args.cell), kept);
    return this.done(null, 'The cell was deleted.');
  }

  private move(args: Readonly<Record<string, unknown>>): NotebookResult {
    const { panel } = this.bench;
    const checkpoint = this.checkpoint();
    moveCell(panel, args.cell, args.after ?? null);
    checkpoint.noteMoved(String(args.cell));
    return this.done(String(args.cell), `It is cell ${placeOf(panel, args.cell) + 1} now.`);
  }

  private done(cell: string | null, text: string): NotebookResult {
    return { status: 'ok', text, ...(cell === null ? {} : { cell }) };
  }

  /** The turn's checkpoint, for a change that is made now. */
  private checkpoint(): Checkpoint {
    this.bench.begin();
    return this.bench.checkpoint(this.request.turn);
  }
}

/** Bring a cell into view and make it the active one, unless the user is at work in the notebook. */
function show(panel: NotebookPanel, id: string): void {
  const notebook = panel.content;
  const place = placeOf(panel, id);
  const cell = notebook.widgets[place];
  if (!cell || notebook.node.contains(document.activeElement)) {
    return;
  }
  activate(panel, place);
  // Not `scrollToCell`, which puts the cursor into the cell.
  void notebook.scrollToItem(place, 'smart').catch(() => undefined);
}
