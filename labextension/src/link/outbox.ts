/** What was sent and is not heard yet, and what becomes of it. Imports no comm: it is told how to send. */

import { type Kind, type Message, type Sent, VERSION } from './protocol';

/** Milliseconds to wait for an acknowledgement. */
const ACKNOWLEDGED = 4000;

/** What is said again on another comm: whatever does the same twice as once. */
const REPEATED: readonly Kind[] = [
  'decide',
  'stop',
  'result',
  'look',
  'models',
  'complete',
  'search',
  'export',
  'sent',
  'set'
];

/** Why a message did nothing; its text is one line for the user. */
export class Refused extends Error {}

export type Envelope = Readonly<Record<string, unknown>>;

interface Pending {
  readonly kind: Kind;
  readonly content: Sent[Kind];
  /** Whether the content of the answer is waited for, not just that it was heard. */
  readonly answered: boolean;
  readonly resolve: (message: Message) => void;
  readonly reject: (why: Refused) => void;
  timer: ReturnType<typeof setTimeout> | null;
}

export class Outbox {
  private lastId = 0;
  private readonly pending = new Map<number, Pending>();

  /**
   * @param transmit Sends a message; false where there is nothing to send it by.
   * @param unheard Told of a kind that was not acknowledged in time; true where it should be waited for again.
   */
  constructor(
    private readonly transmit: (message: Envelope) => boolean,
    private readonly unheard: (kind: Kind) => boolean
  ) {}

  post<K extends Kind>(kind: K, content: Sent[K], answered: boolean): Promise<Message> {
    return new Promise((resolve, reject) => {
      this.send({ kind, content, answered, resolve, reject, timer: null });
    });
  }

  /** A message was heard; one that waits for more than that goes on waiting. */
  heard(id: number, message: Message): void {
    const pending = this.pending.get(id);
    if (pending?.answered) {
      stop(pending);
    } else {
      this.settle(id, message);
    }
  }

  settle(id: number, message: Message): void {
    this.take(id)?.resolve(message);
  }

  /** A message did nothing; whether anybody was still waiting to hear that. */
  refuse(id: number, why: string): boolean {
    const pending = this.take(id);
    pending?.reject(new Refused(why));
    return pending !== null;
  }

  refuseAll(why: string, only?: Kind): void {
    for (const [id, { kind }] of [...this.pending]) {
      if (!only || kind === only) {
        this.refuse(id, why);
      }
    }
  }

  /** There is another comm: say again what was not heard or answered, where saying it twice does no harm. */
  repeat(): void {
    for (const [id, { kind }] of [...this.pending]) {
      const pending = REPEATED.includes(kind) ? this.take(id) : null;
      if (pending) {
        this.send(pending);
      } else {
        this.refuse(id, 'The kernel did not hear it. Please send it again.');
      }
    }
  }

  private send(pending: Pending): void {
    const id = ++this.lastId;
    if (!this.transmit({ ...pending.content, v: VERSION, id, kind: pending.kind })) {
      pending.reject(new Refused('The kernel is not connected.'));
      return;
    }
    this.pending.set(id, pending);
    this.watch(id, pending);
  }

  private watch(id: number, pending: Pending): void {
    pending.timer = setTimeout(() => {
      if (this.pending.get(id) === pending && this.unheard(pending.kind)) {
        this.watch(id, pending);
      }
    }, ACKNOWLEDGED);
  }

  private take(id: number): Pending | null {
    const pending = this.pending.get(id) ?? null;
    if (pending) {
      this.pending.delete(id);
      stop(pending);
    }
    return pending;
  }
}

function stop(pending: Pending): void {
  if (pending.timer !== null) {
    clearTimeout(pending.timer);
    pending.timer = null;
  }
}
