/**
 * A notebook's chat: its link to the kernel, its conversations, what is being written, and what the kernel asks to be
 * done in the notebook. It stays with its notebook, whichever tab is in front. Imports no React.
 */

import type { NotebookPanel } from '@jupyterlab/notebook';
import type { IDisposable } from '@lumino/disposable';

import { KernelLink, type LinkState } from '../link/kernelLink';
import type { ConversationItem, KernelState, Message, Place, Question, Sent, TurnNow } from '../link/protocol';
import { PACKAGE_VERSION } from '../link/version';
import type { Attachment, INotebookActs, NotebookRequest, NotebookResult } from '../tokens';
import type { TurnHost } from '../turn/host';
import { Draft } from './draft';
import { Observable } from '../turn/observable';
import { Turns, type ShownTurn } from './turns';

/** Requests whose results are kept, should the kernel ask for them again. */
const MOST_PERFORMED = 20;

/** How the chat stands: as its link, or without one. */
export type Status =
  | LinkState
  | { readonly is: 'no-kernel' }
  | { readonly is: 'starting' }
  | { readonly is: 'foreign'; readonly language: string };

/** What a chat needs of the page it is in. */
export interface Page {
  readonly client: string;
  readonly language: string;
  /** Reads and changes cells; null where nobody does. */
  readonly acts: INotebookActs | null;
  /** Where the model's code goes, as the user set it. */
  readonly place: () => Place;
}

export class Chat extends Observable implements IDisposable {
  isDisposed = false;
  readonly draft: Draft;
  // Where it is not heard there is another comm soon, on which the whole is told anyway.
  readonly turns = new Turns(turn => void this.link?.send('sync', { turn }).catch(() => undefined));
  state: KernelState | null = null;
  conversations: readonly ConversationItem[] = [];
  /** The conversation that is shown. */
  conversation = { id: '', title: '' };
  /** One line about what went wrong, or was done, outside of a turn. */
  said = '';
  /** A question is on its way, or its context is being read: no turn came of it yet. */
  sending = false;
  /** A question waits in the draft until the kernel can be asked. */
  waiting = false;
  private status_: Status = { is: 'starting' };
  private link: KernelLink | null = null;
  private asked: { readonly text: string; readonly attachments: readonly Attachment[] } | null = null;
  /** What the kernel asked for, by id: it may ask again after a comm was lost, and nothing is done twice. */
  private readonly performed = new Map<string, Promise<NotebookResult>>();

  constructor(
    readonly panel: NotebookPanel,
    private readonly page: Page
  ) {
    super();
    this.draft = new Draft(panel.context.path);
    panel.context.pathChanged.connect(this.onPath);
    panel.sessionContext.kernelChanged.connect(this.onKernel);
    panel.sessionContext.statusChanged.connect(this.onKernel);
    panel.sessionContext.sessionChanged.connect(this.onKernel);
    this.turns.subscribe(() => this.changed());
    this.onKernel();
  }

  get status(): Status {
    return this.status_;
  }

  get path(): string {
    return this.panel.context.path;
  }

  /** Whether questions can be sent now. */
  get ready(): boolean {
    return this.status_.is === 'ready';
  }

  /** Whether a message will be heard only when the kernel has nothing else to do. */
  get waitsForKernel(): boolean {
    return this.sending && !this.link?.hearsWhileBusy && this.panel.sessionContext.session?.kernel?.status === 'busy';
  }

  /** The version of the package in the kernel, where it is another than the extension's; else empty. */
  get otherVersion(): string {
    return this.link?.differs ? this.link.version : '';
  }

  retry(): void {
    this.link?.retry();
  }

  dispose(): void {
    if (this.isDisposed) {
      return;
    }
    this.isDisposed = true;
    this.panel.context.pathChanged.disconnect(this.onPath);
    this.panel.sessionContext.kernelChanged.disconnect(this.onKernel);
    this.panel.sessionContext.statusChanged.disconnect(this.onKernel);
    this.panel.sessionContext.sessionChanged.disconnect(this.onKernel);
    this.link?.dispose();
    this.turns.dispose();
  }

  // ---- asking --------------------------------------------------------------------------------------------------------

  /** Ask a question; its text and attachments come back into the draft where the kernel doesn't take it. */
  async ask(prompt: string, attachments: readonly Attachment[] = []): Promise<void> {
    await this.put('ask', prompt, attachments, question => question);
  }

  /** Wait until the kernel can be asked; whether the draft is still the same then. */
  async untilReady(): Promise<boolean> {
    const { text } = this.draft;
    this.waiting = !this.ready;
    this.changed();
    // No waiting makes another kernel of one that can't be asked at all; what stands in the chat's place says so.
    await this.until(() => this.ready || this.status_.is === 'foreign' || this.draft.text !== text);
    this.waiting = false;
    return this.ready && this.draft.text === text;
  }

  private until(holds: () => boolean): Promise<void> {
    return new Promise(resolve => {
      const leave: (() => void)[] = [];
      const look = (): void => {
        if (holds() || this.isDisposed) {
          leave.forEach(stop => stop());
          resolve();
        }
      };
      leave.push(this.subscribe(look), this.draft.subscribe(look));
      look();
    });
  }

  /** Take the last question back and ask anew. */
  async resend(turn: ShownTurn, prompt: string): Promise<void> {
    await this.put('resend', prompt, [], question => ({ ...question, turn: turn.id }));
  }

  /** Go on with the last question, which was cut off or reached a limit. */
  async resume(turn: ShownTurn): Promise<void> {
    if (!this.sending) {
      await this.put('resume', '', [], question => ({ ...question, turn: turn.id }));
    }
  }

  /** What would be sent. */
  async preview(): Promise<Extract<Message, { kind: 'preview' }>> {
    return this.linked.ask('sent', this.question(this.draft.text, this.draft.attachments));
  }

  private async put<K extends 'ask' | 'resend' | 'resume'>(
    kind: K,
    prompt: string,
    attachments: readonly Attachment[],
    complete: (question: Question) => Sent[K]
  ): Promise<void> {
    this.asked = { text: prompt, attachments };
    this.sending = true;
    this.say('');
    try {
      await this.linked.send(kind, complete(this.question(prompt, attachments)));
    } catch (error) {
      this.giveBack(reason(error));
    }
  }

  /** A question was not taken: say why, and let the user have it again. */
  private giveBack(why: string): void {
    if (this.asked && this.draft.empty) {
      this.draft.replace(this.asked.text);
      this.draft.attach(...this.asked.attachments);
    }
    this.asked = null;
    this.sending = false;
    this.say(why);
  }

  private question(prompt: string, attachments: readonly Attachment[]): Question {
    const { acts, place } = this.page;
    return {
      prompt,
      options: {},
      cells: acts?.cells(this.panel) ?? [],
      active: acts?.active(this.panel) ?? null,
      attachments,
      place: place()
    };
  }

  // ---- messages without an answer --------------------------------------------------------------------------------------

  /** Send something; what the kernel says against it is shown. */
  tell<K extends keyof Sent>(kind: K, content: Sent[K]): void {
    this.link?.send(kind, content).catch((error: unknown) => this.say(reason(error)));
  }

  say(text: string): void {
    this.said = text;
    this.changed();
  }

  /** The link, for questions that are answered with content. */
  get linked(): KernelLink {
    if (!this.link) {
      throw new Error('The kernel is not connected.');
    }
    return this.link;
  }

  /** What a turn's view asks of the chat. */
  hostOf(turn: ShownTurn, openLink: (url: string) => void): Omit<TurnHost, 'diff'> {
    const { acts, language, place } = this.page;
    // What ran as a cell need not become one.
    const insert = turn.place === 'cell' || place() === 'scratch' ? acts : null;
    const inform = <K extends 'decide' | 'stop' | 'note' | 'plan' | 'undo'>(kind: K, content: Sent[K]): void => {
      this.linked.send(kind, content).catch((error: unknown) => turn.store.refuse(reason(error)));
    };
    return {
      decide: decision => inform('decide', { ...decision, turn: turn.id }),
      stop: () => inform('stop', { turn: turn.id }),
      note: text => inform('note', { turn: turn.id, text }),
      plan: items => inform('plan', { turn: turn.id, items }),
      undo: () => inform('undo', { turn: turn.id }),
      cell: insert && (calls => insert.insert(this.panel, sources(turn, calls))),
      openLink,
      language,
      ...(acts && { subject: call => acts.subject(this.panel, call) })
    };
  }

  // ---- the kernel ------------------------------------------------------------------------------------------------------

  private readonly onPath = (): void => {
    this.draft.move(this.path);
    this.changed();
  };

  private kernelId = '';

  private readonly onKernel = (): void => {
    const { sessionContext } = this.panel;
    const kernel = sessionContext.session?.kernel ?? null;
    if (kernel && kernel.id === this.kernelId) {
      return;
    }
    this.link?.dispose();
    this.link = null;
    this.kernelId = kernel?.id ?? '';
    if (!kernel) {
      // Not by `isReady`: after a kernel was shut down that stays false.
      this.become({ is: sessionContext.kernelDisplayStatus === 'unknown' ? 'no-kernel' : 'starting' });
      return;
    }
    this.become({ is: 'starting' });
    void kernel.info.then(({ language_info }) => {
      if (kernel.id !== this.kernelId || this.isDisposed) {
        return;
      }
      if (language_info.name === 'python') {
        this.connect(kernel);
      } else {
        this.become({ is: 'foreign', language: language_info.name });
      }
    });
  };

  private connect(kernel: ConstructorParameters<typeof KernelLink>[0]): void {
    const { client, language } = this.page;
    const link = new KernelLink(kernel, client, () => ({ notebook: this.path, version: PACKAGE_VERSION, language }));
    this.link = link;
    link.changed.connect((_, state) => this.become(state));
    link.received.connect((_, message) => this.receive(message));
    this.become(link.state);
  }

  private become(status: Status): void {
    this.status_ = status;
    if (this.asked && this.sending && (status.is === 'dead' || status.is === 'restarting')) {
      this.giveBack('');
    }
    this.changed();
  }

  // ---- what it sends ---------------------------------------------------------------------------------------------------

  private receive(message: Message): void {
    switch (message.kind) {
      case 'told':
        this.turns.receive(message.turn, message.message);
        return;
      case 'request':
        void this.perform(message.request);
        return;
      case 'cancel':
        this.page.acts?.cancel(message.request);
        return;
      case 'state':
        this.state = message.state;
        break;
      case 'conversations':
        this.conversations = message.items;
        this.retitle();
        break;
      case 'conversation':
        this.show(message.id, message.title, message.turns);
        break;
      case 'turn':
        this.begin(message);
        break;
      case 'refused':
        this.onRefused(message);
        break;
      default: // answers, which those who asked wait for
    }
    this.changed();
  }

  private show(id: string, title: string, turns: readonly TurnNow[]): void {
    this.conversation = { id, title };
    this.turns.show(turns);
  }

  private retitle(): void {
    const now = this.conversations.find(({ id }) => id === this.conversation.id);
    if (now) {
      this.conversation = { id: now.id, title: now.title };
    }
  }

  private begin(message: Extract<Message, { kind: 'turn' }>): void {
    if (message.conversation && this.conversation.id && message.conversation !== this.conversation.id) {
      return; // of a conversation that is not shown
    }
    this.asked = null;
    this.sending = false;
    this.conversation = { ...this.conversation, id: message.conversation };
    this.turns.begin(message);
  }

  private onRefused({ of, turn, text }: Extract<Message, { kind: 'refused' }>): void {
    const shown = this.turns.find(turn);
    if (of === 'ask' || of === 'resend' || of === 'resume') {
      this.giveBack(text);
    } else if (shown) {
      shown.store.refuse(text);
    } else {
      this.say(text);
    }
  }

  /** Do what the kernel asks in the notebook, once, and tell how it went. */
  private async perform(request: NotebookRequest): Promise<void> {
    const { acts } = this.page;
    const onOutputs: Parameters<INotebookActs['perform']>[2] = outputs =>
      this.turns.find(request.turn)?.output(request.request, outputs);
    const refused: NotebookResult = { status: 'refused', text: 'Nothing can be done in this notebook.' };
    const result =
      this.performed.get(request.request) ??
      (acts ? acts.perform(this.panel, request, onOutputs) : Promise.resolve(refused));
    this.performed.set(request.request, result);
    const [oldest] = this.performed.keys();
    if (oldest !== undefined && this.performed.size > MOST_PERFORMED) {
      this.performed.delete(oldest);
    }
    // Where it is not heard the kernel asks again, as soon as there is another comm.
    this.link?.send('result', { ...(await result), request: request.request }).catch(() => undefined);
  }
}

/** The code of these calls; of all that ran well where none is named. */
function sources(turn: ShownTurn, calls: readonly string[]): string[] {
  return turn.store.turn.calls
    .filter(call => (calls.length ? calls.includes(call.proposal.call) : call.status === 'ok'))
    .map(call => call.code)
    .filter(code => code !== null);
}

function reason(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
