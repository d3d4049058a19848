/**
 * The sidebar's end of the comm to a kernel: the only file that sees one.
 *
 * It borrows the notebook's own kernel connection, as two of them in a page would take each other's comms. It loads the
 * package where it can, opens the comm, has every message acknowledged, and begins anew where a comm went dead. Imports
 * no React, and knows nothing of turns.
 */

import type { Kernel, KernelMessage } from '@jupyterlab/services';
import type { JSONObject } from '@lumino/coreutils';
import type { IDisposable } from '@lumino/disposable';
import { type ISignal, Signal } from '@lumino/signaling';

import { load } from './loading';
import { type Envelope, Outbox } from './outbox';
import { type Answers, isOfOtherVersion, type Kind, type Message, parseMessage, type Sent, VERSION } from './protocol';
import { PACKAGE_VERSION } from './version';

const TARGET = 'kimi_jupyter';

/** Milliseconds to wait for a subshell: it never comes where there are none. */
const SUBSHELL = 3000;
/** How often a comm is opened anew in a row before the user is asked. */
const MOST_OPENINGS = 4;

/** How the link stands. `busy`: something else runs in the kernel, and it goes on when that is over. */
export type LinkState =
  | { readonly is: 'loading'; readonly busy: boolean }
  | { readonly is: 'missing' }
  | { readonly is: 'broken'; readonly text: string }
  | { readonly is: 'version'; readonly version: string }
  | { readonly is: 'ready' }
  | { readonly is: 'silent' }
  | { readonly is: 'reconnecting' }
  | { readonly is: 'restarting' }
  | { readonly is: 'dead' };

/** Older JupyterLabs know no subshells of comms. */
type Comm = Kernel.IComm & { readonly subshellStarted?: Promise<void> };

export class KernelLink implements IDisposable {
  isDisposed = false;
  /** The version of the package in the kernel; empty until it is known. */
  version = '';
  private state_: LinkState = { is: 'loading', busy: false };
  private comm: Comm | null = null;
  private openings = 0;
  /** Grows with each attempt, so that one that was overtaken does nothing more. */
  private attempt = 0;
  private readonly outbox = new Outbox(
    message => this.transmit(message),
    kind => this.unheard(kind)
  );
  private readonly changed_ = new Signal<this, LinkState>(this);
  private readonly received_ = new Signal<this, Message>(this);

  /**
   * @param kernel The notebook's own connection.
   * @param client What tells this page from others.
   * @param hello What is said first, each time that a comm is opened.
   */
  constructor(
    private readonly kernel: Kernel.IKernelConnection,
    private readonly client: string,
    private readonly hello: () => Sent['hello']
  ) {
    kernel.statusChanged.connect(this.onStatus);
    kernel.connectionStatusChanged.connect(this.onConnection);
    void this.connect();
  }

  get state(): LinkState {
    return this.state_;
  }

  get changed(): ISignal<this, LinkState> {
    return this.changed_;
  }

  /** What the kernel sent, apart from acknowledgements and refusals that somebody waited for. */
  get received(): ISignal<this, Message> {
    return this.received_;
  }

  /** Whether the kernel's package is another version than this extension; they may get along all the same. */
  get differs(): boolean {
    return this.version !== '' && this.version !== PACKAGE_VERSION;
  }

  /** Whether messages are heard while a cell runs. */
  get hearsWhileBusy(): boolean {
    return this.kernel.supportsSubshells;
  }

  /** Send a message; resolves when the kernel has heard it, rejects with its reason where it did nothing. */
  async send<K extends Kind>(kind: K, content: Sent[K]): Promise<void> {
    await this.outbox.post(kind, content, false);
  }

  /** Ask for something; resolves with the answer. */
  async ask<K extends keyof Answers>(kind: K, content: Sent[K]): Promise<Extract<Message, { kind: Answers[K] }>> {
    return (await this.outbox.post(kind, content, true)) as Extract<Message, { kind: Answers[K] }>;
  }

  /** Begin anew, as after the user installed what was missing. */
  retry(): void {
    this.openings = 0;
    void this.connect();
  }

  dispose(): void {
    if (this.isDisposed) {
      return;
    }
    this.isDisposed = true;
    this.attempt++;
    this.kernel.statusChanged.disconnect(this.onStatus);
    this.kernel.connectionStatusChanged.disconnect(this.onConnection);
    Signal.clearData(this);
    this.closeComm();
    this.outbox.refuseAll('The connection to the kernel was closed.');
  }

  // ---- connecting ----------------------------------------------------------------------------------------------------

  private async connect(): Promise<void> {
    const attempt = ++this.attempt;
    this.closeComm();
    try {
      await this.kernel.info;
      // While a cell runs the package may be loaded already, and a subshell hears: trying costs nothing.
      const busy = this.kernel.status === 'busy';
      this.become({ is: 'loading', busy });
      if (busy && this.hearsWhileBusy && (await this.open(attempt))) {
        return;
      }
      if (this.isCurrent(attempt) && (await this.loads(attempt))) {
        await this.open(attempt);
      }
    } catch (error) {
      // A border: a connection may be lost or disposed at any await, and its own signals tell what comes next.
      if (this.isCurrent(attempt)) {
        console.debug('kimi-jupyter: the connection was interrupted', error);
      }
    }
  }

  private isCurrent(attempt: number): boolean {
    return attempt === this.attempt && !this.isDisposed && !this.kernel.isDisposed;
  }

  /** Load the package; whether that went well. */
  private async loads(attempt: number): Promise<boolean> {
    let loaded = await load(this.kernel);
    while (loaded.is === 'again' && this.isCurrent(attempt)) {
      loaded = await load(this.kernel);
    }
    if (!this.isCurrent(attempt) || loaded.is === 'again') {
      return false;
    }
    if (loaded.is === 'loaded') {
      this.version = loaded.version;
      return true;
    }
    this.become(loaded);
    return false;
  }

  /** Open a comm and say hello; whether it was heard. */
  private async open(attempt: number): Promise<boolean> {
    const comm: Comm = this.kernel.createComm(TARGET);
    if (this.kernel.supportsSubshells && comm.subshellStarted) {
      await Promise.race([comm.subshellStarted.catch(() => undefined), after(SUBSHELL)]);
    }
    if (!this.isCurrent(attempt)) {
      comm.dispose();
      return false;
    }
    this.comm = comm;
    // It must not be asynchronous, else the kernel's messages wait for each other.
    comm.onMsg = message => this.receive(comm, message);
    comm.onClose = () => this.onClose(comm);
    comm.open({ v: VERSION, client: this.client });
    try {
      await this.send('hello', this.hello());
    } catch {
      return false;
    }
    this.openings = 0;
    this.outbox.repeat();
    return true;
  }

  private onClose(comm: Comm): void {
    if (comm !== this.comm) {
      return;
    }
    this.comm = null;
    // A kernel that does not know the target closes at once.
    this.outbox.refuseAll('The kernel knows no Kimi yet.', 'hello');
    if (this.state_.is === 'ready') {
      this.reopen();
    }
  }

  /** The comm went dead: take another one. */
  private reopen(): void {
    this.openings++;
    if (this.openings > MOST_OPENINGS) {
      this.become({ is: 'silent' });
      this.outbox.refuseAll('The kernel does not answer.');
      return;
    }
    this.become({ is: 'reconnecting' });
    void this.connect();
  }

  private closeComm(): void {
    const comm = this.comm;
    this.comm = null;
    if (!comm || comm.isDisposed || this.kernel.isDisposed) {
      return;
    }
    if (this.kernel.connectionStatus === 'connected' && this.kernel.status !== 'dead') {
      comm.close();
    } else {
      comm.dispose();
    }
  }

  // ---- the kernel's own state ------------------------------------------------------------------------------------------

  private readonly onStatus = (kernel: Kernel.IKernelConnection, status: KernelMessage.Status): void => {
    switch (status) {
      case 'restarting':
      case 'autorestarting':
        this.attempt++;
        this.comm = null;
        this.outbox.refuseAll('The kernel was restarted.');
        this.become({ is: 'restarting' });
        break;
      case 'dead':
        this.outbox.refuseAll('The kernel died.');
        this.become({ is: 'dead' });
        break;
      default:
        if (this.state_.is === 'restarting') {
          this.retry();
        } else if (this.state_.is === 'loading' && this.state_.busy !== (kernel.status === 'busy')) {
          this.become({ is: 'loading', busy: kernel.status === 'busy' });
        }
    }
  };

  private readonly onConnection = (_: Kernel.IKernelConnection, status: Kernel.ConnectionStatus): void => {
    if (status === 'connected' && this.state_.is === 'reconnecting') {
      void this.connect();
    } else if (status !== 'connected' && (this.state_.is === 'ready' || this.state_.is === 'loading')) {
      this.attempt++;
      this.become({ is: 'reconnecting' });
    }
  };

  private become(state: LinkState): void {
    this.state_ = state;
    this.changed_.emit(state);
  }

  // ---- messages --------------------------------------------------------------------------------------------------------

  private transmit(message: Envelope): boolean {
    this.comm?.send(message as JSONObject);
    return this.comm !== null;
  }

  /** No acknowledgement from a kernel that has nothing else to do: the comm is dead. */
  private unheard(kind: Kind): boolean {
    const idle = this.kernel.status === 'idle';
    if (this.kernel.connectionStatus !== 'connected' || !(idle || this.hearsWhileBusy)) {
      return true;
    }
    if (kind === 'hello') {
      if (idle) {
        this.reopen();
      }
      this.outbox.refuseAll('The kernel does not answer.', 'hello');
    } else if (this.state_.is !== 'loading' && this.state_.is !== 'reconnecting') {
      // Only for the first of what the same comm lost: one other is enough.
      this.reopen();
    }
    return false;
  }

  /** A kernel that is newer or older than this page can't even be greeted. */
  private onOtherVersion(): void {
    if (this.state_.is !== 'ready') {
      this.attempt++;
      this.become({ is: 'version', version: this.version });
      this.outbox.refuseAll('The kernel has a version of Kimi that this page can’t talk to.');
    }
  }

  private receive(comm: Comm, message: KernelMessage.ICommMsgMsg): void {
    if (comm !== this.comm) {
      return;
    }
    const { data } = message.content;
    const parsed = parseMessage(data);
    if (!parsed) {
      if (isOfOtherVersion(data)) {
        this.onOtherVersion();
      }
      return;
    }
    switch (parsed.kind) {
      case 'ack':
        this.outbox.heard(parsed.id, parsed);
        break;
      case 'refused':
        if (parsed.id === null || !this.outbox.refuse(parsed.id, parsed.text)) {
          this.received_.emit(parsed);
        }
        break;
      case 'welcome':
        this.version = parsed.version;
        this.become(parsed.protocol === VERSION ? { is: 'ready' } : { is: 'version', version: parsed.version });
        break;
      default:
        if ('re' in parsed && parsed.re !== null) {
          this.outbox.settle(parsed.re, parsed);
        }
        this.received_.emit(parsed);
    }
  }
}

function after(milliseconds: number): Promise<void> {
  return new Promise(resolve => setTimeout(resolve, milliseconds));
}
