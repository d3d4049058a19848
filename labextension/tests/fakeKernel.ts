/** JupyterLab's connection to a kernel, as far as the sidebar's link looks at it, and a kernel's end of its comms. */

import type { Kernel, KernelMessage } from '@jupyterlab/services';
import { Signal } from '@lumino/signaling';

export type Message = Readonly<Record<string, unknown>>;

const silent = (): void => undefined;

/** A comm, and what was sent by it. */
export class FakeComm {
  isDisposed = false;
  opened: unknown = null;
  closed = false;
  readonly sent: Message[] = [];
  readonly subshellStarted = Promise.resolve();
  onMsg: (message: { content: { data: unknown } }) => void = silent;
  onClose: () => void = silent;

  constructor(private readonly hears: (comm: FakeComm, message: Message) => void) {}

  open(data: unknown): void {
    this.opened = data;
  }

  send(message: Message): void {
    this.sent.push(message);
    this.hears(this, message);
  }

  close(): void {
    this.closed = true;
  }

  dispose(): void {
    this.isDisposed = true;
  }

  /** Say something to the page. */
  tell(data: unknown): void {
    this.onMsg({ content: { data } });
  }

  of(kind: string): Message[] {
    return this.sent.filter(message => message.kind === kind);
  }
}

/** How a kernel answers, besides acknowledging: `silent` hears nothing, `unknown` closes each comm at once. */
export type Manner = 'hears' | 'silent' | 'unknown';

/** A kernel that acknowledges what it hears and welcomes whoever says hello. */
export class FakeKernel {
  readonly comms: FakeComm[] = [];
  readonly executed: KernelMessage.IExecuteRequestMsg['content'][] = [];
  readonly statusChanged = new Signal<this, string>(this);
  readonly connectionStatusChanged = new Signal<this, string>(this);
  readonly id = 'kernel-1';
  readonly info = Promise.resolve({ language_info: { name: 'python' } });
  readonly isDisposed = false;
  status = 'idle';
  connectionStatus = 'connected';
  supportsSubshells = true;
  manner: Manner = 'hears';
  protocol = 1;
  version = '0.1.0';
  /** What loading the package comes to: a result of the expression, or null where the execution was thrown away. */
  loads: Message | null = { status: 'ok', data: { 'text/plain': "'0.1.0'" } };
  /** Resolves when the kernel is free to execute. */
  free: Promise<unknown> = Promise.resolve();

  get connection(): Kernel.IKernelConnection {
    return this as unknown as Kernel.IKernelConnection;
  }

  /** The newest comm. */
  get comm(): FakeComm {
    const comm = this.comms.at(-1);
    if (!comm) {
      throw new Error('no comm was opened');
    }
    return comm;
  }

  createComm(target: string): FakeComm {
    if (target !== 'kimi_jupyter') {
      throw new Error(`no such target: ${target}`);
    }
    const comm = new FakeComm((heardBy, message) => this.hear(heardBy, message));
    this.comms.push(comm);
    return comm;
  }

  requestExecute(content: KernelMessage.IExecuteRequestMsg['content']): { done: Promise<unknown> } {
    this.executed.push(content);
    return { done: this.free.then(() => this.reply()) };
  }

  become(status: string): void {
    this.status = status;
    this.statusChanged.emit(status);
  }

  connect(status: string): void {
    this.connectionStatus = status;
    this.connectionStatusChanged.emit(status);
  }

  private reply(): unknown {
    const loads = this.loads;
    this.loads ??= { status: 'ok', data: { 'text/plain': "'0.1.0'" } };
    return { content: loads ? { status: 'ok', user_expressions: { kimi: loads } } : { status: 'aborted' } };
  }

  private hear(comm: FakeComm, { id, kind }: Message): void {
    if (this.manner === 'unknown') {
      queueMicrotask(() => comm.onClose());
    } else if (this.manner === 'hears') {
      queueMicrotask(() => {
        comm.tell({ v: 1, kind: 'ack', id });
        if (kind === 'hello') {
          comm.tell({ v: 1, kind: 'welcome', version: this.version, kernel: 'k', protocol: this.protocol });
        }
      });
    }
  }
}
