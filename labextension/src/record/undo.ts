/**
 * Undo after a turn is over, where the notebook's kernel still could.
 *
 * A record may come from anywhere, so nothing of it is asked or run: the kernel is asked by a fixed expression what Undo
 * would do now, a record only compares its turn with the answer, and what a click runs names the run by the kernel's own
 * key. The expression prints nothing, imports nothing and runs no hook of the user's.
 */

import type { ISessionContext } from '@jupyterlab/apputils';
import type { INotebookTracker, NotebookPanel } from '@jupyterlab/notebook';
import type { Kernel, KernelMessage } from '@jupyterlab/services';
import { type ISignal, Signal } from '@lumino/signaling';

import { isObject } from '../turn/events';

/** What Undo would do now: to which turn's run, in words, and the key that undoes just that. */
export interface Offer {
  readonly turn: string;
  readonly line: string;
  readonly key: string;
}

const ASK = '__import__("sys").modules["kimi_jupyter.kernel.extension"].UndoOffer()';
/** Milliseconds after which a kernel that has come to rest is asked, and asked again where it dropped the question. */
const REST = 100;
/** Characters of an answer. */
const LONGEST = 2000;

/** What a notebook's kernel could undo; it is asked again whenever code has run there. */
export class KernelUndo {
  private offer_: Offer | null = null;
  private stale = false;
  private timer: ReturnType<typeof setTimeout> | undefined;
  private asking = false;
  private readonly changed_ = new Signal<this, undefined>(this);

  constructor(private readonly session: ISessionContext) {
    session.iopubMessage.connect((_, message) => {
      // Somebody's code runs, which may do another run or undo this one; the expression above does not say so.
      this.stale ||= message.header.msg_type === 'execute_input';
    });
    session.statusChanged.connect((_, status) => this.turned(status));
    session.kernelChanged.connect(() => this.restart());
    session.disposed.connect(() => clearTimeout(this.timer));
    this.expectChange();
  }

  get offer(): Offer | null {
    return this.offer_;
  }

  get changed(): ISignal<this, undefined> {
    return this.changed_;
  }

  get idle(): boolean {
    return this.session.session?.kernel?.status === 'idle';
  }

  /** Undo what was offered; the kernel's words about it. */
  async undo(offer: Offer): Promise<string> {
    const kernel = this.session.session?.kernel;
    const code = /^[0-9a-f]+$/.test(offer.key) ? `%kimi undo ${offer.key}` : '';
    const future = kernel?.requestExecute({ code, store_history: false, allow_stdin: false });
    let said = '';
    if (future) {
      future.onIOPub = message => {
        said += wordsOf(message);
      };
      await future.done;
    }
    this.expectChange();
    return said.trim().slice(0, LONGEST);
  }

  private turned(status: Kernel.Status): void {
    if (status === 'idle') {
      this.expectChange(this.stale);
    } else if (status !== 'busy') {
      this.restart();
    }
  }

  private restart(): void {
    this.take(null);
    this.expectChange();
  }

  /** Ask as soon as the kernel rests. */
  private expectChange(stale = true): void {
    this.stale = stale;
    if (stale && this.idle && !this.asking) {
      clearTimeout(this.timer);
      this.timer = setTimeout(() => void this.ask(), REST);
    }
  }

  private async ask(): Promise<void> {
    const kernel = this.session.session?.kernel;
    if (!kernel || this.asking) {
      return;
    }
    this.asking = true;
    this.stale = false;
    try {
      const offer = await answerOf(kernel);
      if (offer === undefined) {
        this.stale = true;
      } else if (kernel === this.session.session?.kernel) {
        this.take(offer);
      }
    } catch {
      this.take(null); // the kernel went away meanwhile
    } finally {
      this.asking = false;
      this.expectChange(this.stale);
    }
  }

  private take(offer: Offer | null): void {
    this.offer_ = offer;
    this.changed_.emit(undefined);
  }
}

/** What the kernel offers, null where that is nothing; undefined where it dropped the question. */
async function answerOf(kernel: Kernel.IKernelConnection): Promise<Offer | null | undefined> {
  if ((await kernel.info).language_info.name !== 'python') {
    return null;
  }
  const future = kernel.requestExecute({
    code: '',
    silent: true,
    store_history: false,
    stop_on_error: false,
    allow_stdin: false,
    user_expressions: { offer: ASK }
  });
  const { content } = await future.done;
  return content.status === 'ok' ? parseOffer(content.user_expressions.offer) : isDropped(content.status) ? undefined : null;
}

/** Kernels drop what waits behind a cell that fails. */
function isDropped(status: string): boolean {
  return status === 'aborted' || status === 'abort';
}

export function parseOffer(answer: unknown): Offer | null {
  const data = isObject(answer) && isObject(answer.data) ? answer.data['application/json'] : null;
  return isObject(data) && typeof data.turn === 'string' && typeof data.line === 'string' && typeof data.key === 'string'
    ? { turn: data.turn, line: data.line, key: data.key }
    : null;
}

function wordsOf(message: KernelMessage.IIOPubMessage): string {
  const { content } = message as { readonly content: unknown };
  if (!isObject(content)) {
    return '';
  }
  const { text, evalue } = content;
  return typeof text === 'string' ? text : typeof evalue === 'string' ? evalue : '';
}

const known = new WeakMap<NotebookPanel, KernelUndo>();

/** What the kernel of the notebook around a node could undo; null where there is no notebook around it. */
export function undoAround(notebooks: INotebookTracker, node: HTMLElement): KernelUndo | null {
  const panel = notebooks.find(candidate => candidate.node.contains(node));
  if (!panel) {
    return null;
  }
  const undo = known.get(panel) ?? new KernelUndo(panel.sessionContext);
  known.set(panel, undo);
  return undo;
}
