/** The notebook's side as the sidebar knows it: each notebook's executions, each turn's checkpoint, each request's task. */

import type { NotebookPanel } from '@jupyterlab/notebook';
import type { IOutput } from '@jupyterlab/nbformat';
import { type ISignal, Signal } from '@lumino/signaling';

import type { CellNow, INotebookActs, NotebookCall, NotebookRequest, NotebookResult } from '../tokens';
import type { Subject } from '../turn';
import { Begun } from './begun';
import { insertBelow } from './cells';
import { Checkpoint } from './checkpoint';
import { Executions } from './executions';
import { Task } from './notebookExecutor';
import { activeCell, cellsNow } from './snapshot';
import { subjectOf } from './subject';
import type { Words } from './words';

/** Turns whose checkpoints are kept, and requests whose results are. */
const TURNS = 50;
const RESULTS = 20;

export class NotebookActs implements INotebookActs {
  private readonly executions = new Map<NotebookPanel, Executions>();
  private readonly checkpoints = new Map<string, Checkpoint>();
  private readonly tasks = new Map<string, Task>();
  private readonly results = new Map<string, Promise<NotebookResult>>();
  private readonly begun = new Begun();
  private readonly changed_ = new Signal<this, string>(this);

  /**
   * @param words The user's language.
   * @param folded Whether cells of Kimi's come with their source folded away.
   */
  constructor(
    private readonly words: Words,
    private readonly folded: () => boolean
  ) {}

  get changed(): ISignal<this, string> {
    return this.changed_;
  }

  /** Follow what a notebook's kernel runs, so that it is known how long its cells take. */
  follow(panel: NotebookPanel): Executions {
    const known = this.executions.get(panel);
    if (known) {
      return known;
    }
    const executions = new Executions();
    this.executions.set(panel, executions);
    const { sessionContext } = panel;
    executions.follow(sessionContext.session?.kernel ?? null);
    sessionContext.kernelChanged.connect((_, { newValue }) => executions.follow(newValue));
    panel.disposed.connect(() => {
      this.executions.delete(panel);
      executions.follow(null);
    });
    return executions;
  }

  cells(panel: NotebookPanel): CellNow[] {
    return cellsNow(panel);
  }

  active(panel: NotebookPanel): string | null {
    return activeCell(panel);
  }

  perform(
    panel: NotebookPanel,
    request: NotebookRequest,
    onOutputs?: (outputs: readonly IOutput[]) => void
  ): Promise<NotebookResult> {
    // After its comm broke the kernel asks again under the same id: nothing is done twice.
    const known = this.results.get(request.request);
    const result = known ?? this.begin(panel, request, onOutputs);
    this.results.set(request.request, result);
    forgetOldest(this.results, RESULTS);
    return result;
  }

  private async begin(
    panel: NotebookPanel,
    request: NotebookRequest,
    onOutputs?: (outputs: readonly IOutput[]) => void
  ): Promise<NotebookResult> {
    if (panel.isDisposed) {
      return { status: 'gone', text: 'The notebook was closed.' };
    }
    if (this.begun.has(request.request)) {
      return { status: 'gone', text: 'The page was reloaded while it was done; whether it was done to its end is not known.' };
    }
    const bench = {
      panel,
      begin: () => this.begun.add(request.request),
      executions: this.follow(panel),
      fold: this.folded(),
      checkpoint: (turn: string) => this.checkpoint(panel, turn)
    };
    const task = new Task(bench, request, onOutputs ?? null);
    this.tasks.set(request.request, task);
    try {
      return await task.perform();
    } finally {
      this.tasks.delete(request.request);
      this.changed_.emit(request.turn);
    }
  }

  cancel(request: string): void {
    this.tasks.get(request)?.cancel();
  }

  subject(panel: NotebookPanel, call: NotebookCall): Subject | null {
    const { seconds } = this.follow(panel);
    return subjectOf(panel, call, cell => seconds.get(cell), this.words);
  }

  insert(panel: NotebookPanel, sources: readonly string[]): void {
    insertBelow(panel, sources);
  }

  revert(panel: NotebookPanel, turn: string): Promise<string> {
    const checkpoint = this.checkpoints.get(turn);
    if (!checkpoint || checkpoint.panel !== panel || panel.isDisposed) {
      return Promise.resolve(this.words.revert.none);
    }
    const told = checkpoint.revert(this.words.revert);
    this.checkpoints.delete(turn);
    this.changed_.emit(turn);
    return Promise.resolve(told);
  }

  revertable(turn: string): string {
    const checkpoint = this.checkpoints.get(turn);
    return checkpoint && !checkpoint.empty && !checkpoint.panel.isDisposed
      ? this.words.revert.would(checkpoint.changes)
      : '';
  }

  /** The turn's checkpoint; one of another notebook is begun anew. */
  private checkpoint(panel: NotebookPanel, turn: string): Checkpoint {
    const known = this.checkpoints.get(turn);
    if (known?.panel === panel) {
      return known;
    }
    const checkpoint = new Checkpoint(panel);
    this.checkpoints.set(turn, checkpoint);
    forgetOldest(this.checkpoints, TURNS);
    return checkpoint;
  }
}

function forgetOldest(map: Map<string, unknown>, most: number): void {
  const [oldest] = map.keys();
  if (map.size > most && oldest !== undefined) {
    map.delete(oldest);
  }
}
