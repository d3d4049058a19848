/**
 * What a kernel was asked to run from this page, what of it runs now, and how long each cell took.
 *
 * Told by the messages on the notebook's own connection, so that also the user's cells count. Changes nothing.
 */

import type { Kernel, KernelMessage } from '@jupyterlab/services';
import { type ISignal, Signal } from '@lumino/signaling';

/** How an execution ended. `lost`: the kernel restarted or went away before it told. */
export interface Ending {
  readonly status: 'ok' | 'error' | 'aborted' | 'lost';
  /** The error's name. */
  readonly error: string;
  readonly number: number | null;
  readonly seconds: number;
}

interface Execution {
  readonly cell: string;
  began: number | null;
  reply: KernelMessage.IExecuteReplyMsg['content'] | null;
  idle: boolean;
  ending: Ending | null;
}

const LOST: Ending = { status: 'lost', error: '', number: null, seconds: 0 };
/** Executions that are remembered after their end. */
const MOST = 200;
/** Milliseconds for which a kernel must be idle: between two queued cells it is for less. */
const SETTLED = 60;

export class Executions {
  /** How long the cells took the last time, in seconds, by id. */
  readonly seconds = new Map<string, number>();
  private readonly known = new Map<string, Execution>();
  private readonly changed_ = new Signal<this, undefined>(this);
  private kernel_: Kernel.IKernelConnection | null = null;
  /** Counts what made all that ran uncertain: another kernel, or the same one begun anew. */
  private losses = 0;

  /** Emits when an execution began or ended, or the kernel's status changed. */
  get changed(): ISignal<this, undefined> {
    return this.changed_;
  }

  /** Follow this kernel from now on, and no other. */
  follow(kernel: Kernel.IKernelConnection | null): void {
    if (kernel === this.kernel_) {
      return;
    }
    if (this.kernel_ && !this.kernel_.isDisposed) {
      this.kernel_.anyMessage.disconnect(this.onMessage);
      this.kernel_.statusChanged.disconnect(this.onStatus);
    }
    this.kernel_ = kernel;
    this.lose();
    kernel?.anyMessage.connect(this.onMessage);
    kernel?.statusChanged.connect(this.onStatus);
  }

  /** Whether this very execution runs now. */
  runs(message: string): boolean {
    const execution = this.known.get(message);
    return execution?.began != null && execution.ending === null;
  }

  /** Wait until an execution has ended. */
  async ended(message: string): Promise<Ending> {
    const execution = this.known.get(message);
    while (execution && !execution.ending) {
      await this.change();
    }
    return execution?.ending ?? LOST;
  }

  /** Wait until an execution runs or has ended. */
  async begun(message: string): Promise<void> {
    while (!this.runs(message) && !this.known.get(message)?.ending) {
      await this.change();
    }
  }

  /** Whether the kernel has nothing to do and nothing was sent to it. */
  get free(): boolean {
    const waiting = [...this.known.values()].some(execution => execution.ending === null);
    return this.kernel_?.status === 'idle' && !waiting;
  }

  /** Wait until the kernel has had nothing to do for a moment; false where it was stopped, or is not that kernel any more. */
  async whenFree(signal: AbortSignal): Promise<boolean> {
    const { losses } = this;
    const wanted = (): boolean => !signal.aborted && losses === this.losses;
    for (let settled = false; wanted() && !(settled && this.free); ) {
      settled = this.free;
      await (settled ? pause(SETTLED) : this.change(signal));
    }
    return wanted();
  }

  /** Wait for the next change, or the abort of a signal. */
  private change(signal?: AbortSignal): Promise<void> {
    return new Promise(resolve => {
      const done = (): void => {
        this.changed_.disconnect(done);
        signal?.removeEventListener('abort', done);
        resolve();
      };
      this.changed_.connect(done);
      signal?.addEventListener('abort', done);
    });
  }

  private readonly onMessage = (_: unknown, { msg, direction }: Kernel.IAnyMessageArgs): void => {
    const type = msg.header.msg_type;
    if (direction === 'send') {
      if (type === 'execute_request' && !(msg.content as KernelMessage.IExecuteRequestMsg['content']).silent) {
        this.sent(msg);
      }
      return;
    }
    const parent = 'msg_id' in msg.parent_header ? msg.parent_header.msg_id : '';
    const execution = this.known.get(parent);
    if (!execution || execution.ending) {
      return;
    }
    if (type === 'execute_input') {
      execution.began = performance.now();
      this.changed_.emit(undefined);
    } else if (type === 'execute_reply') {
      execution.reply = msg.content as KernelMessage.IExecuteReplyMsg['content'];
      this.endOf(execution);
    } else if (type === 'status' && (msg.content as KernelMessage.IStatusMsg['content']).execution_state === 'idle') {
      execution.idle = true;
      this.endOf(execution);
    }
  };

  private sent(message: Readonly<KernelMessage.IMessage>): void {
    const cell = message.metadata.cellId;
    const execution = { cell: typeof cell === 'string' ? cell : '', began: null, reply: null, idle: false, ending: null };
    this.known.set(message.header.msg_id, execution);
    for (const [id, { ending }] of this.known) {
      if (this.known.size > MOST && ending) {
        this.known.delete(id);
      }
    }
    this.changed_.emit(undefined);
  }

  /** It has ended when the kernel replied and was idle after it: what it put out has come then. */
  private endOf(execution: Execution): void {
    const { reply, idle } = execution;
    if (!reply || !idle) {
      return;
    }
    const seconds = execution.began === null ? 0 : (performance.now() - execution.began) / 1000;
    if (execution.cell && reply.status !== 'aborted') {
      this.seconds.set(execution.cell, seconds);
    }
    execution.ending = {
      status: reply.status === 'ok' || reply.status === 'error' ? reply.status : 'aborted',
      error: 'ename' in reply && typeof reply.ename === 'string' ? reply.ename : '',
      number: 'execution_count' in reply && typeof reply.execution_count === 'number' ? reply.execution_count : null,
      seconds
    };
    this.changed_.emit(undefined);
  }

  private readonly onStatus = (_: unknown, status: Kernel.Status): void => {
    if (['restarting', 'autorestarting', 'dead', 'terminating'].includes(status)) {
      this.lose();
    }
    this.changed_.emit(undefined);
  };

  /** Nobody will tell any more how these end. */
  private lose(): void {
    this.losses++;
    for (const execution of this.known.values()) {
      execution.ending ??= LOST;
    }
    this.changed_.emit(undefined);
  }
}

function pause(milliseconds: number): Promise<void> {
  return new Promise(resolve => setTimeout(resolve, milliseconds));
}
