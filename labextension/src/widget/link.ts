/**
 * A view's end of the wire: events in, numbered; decisions out.
 *
 * A number that is missed asks for the whole, and nothing counts until it is there. Imports no anywidget: a model is
 * whatever has these methods.
 */

import { type Decision, isObject, type Open, parseEvents, parseTimes, TurnStore } from '../turn';

/** The version of the messages, as in `kimi_jupyter/view/widget.py`. */
const VERSION = 1;

/** Seconds after which the whole is asked for again, as the answer may be lost too; then only at the next message. */
const AGAIN = [2, 4, 8, 16];

type Handler = (content: unknown) => void;

/** What is needed of an anywidget model. */
export interface Model {
  on(event: 'msg:custom', handler: Handler): void;
  off(event: 'msg:custom', handler: Handler): void;
  send(content: unknown): void;
}

export class Link {
  readonly store = new TurnStore();
  private readonly view = Math.random().toString(36).slice(2);
  /** The number of the newest message that counted; null while the whole is missing. */
  private sequence: number | null = null;
  private timer: ReturnType<typeof setTimeout> | null = null;
  private readonly handler: Handler = content => this.receive(content);

  constructor(private readonly model: Model) {
    model.on('msg:custom', this.handler);
    this.ask('ready');
  }

  decide(decision: Decision): void {
    this.send('decide', { ...decision });
  }

  /** Send a message of a kind; the kernel answers those it can't follow. */
  send(kind: 'ready' | 'sync' | 'decide' | 'stop' | 'note' | 'undo' | 'cell', content: object = {}): void {
    this.model.send({ ...content, v: VERSION, view: this.view, kind });
  }

  dispose(): void {
    this.model.off('msg:custom', this.handler);
    this.stopAsking();
  }

  /** Ask for the whole, and again while it doesn't come. */
  private ask(kind: 'ready' | 'sync', times = 0): void {
    this.send(kind);
    const seconds = AGAIN[times];
    this.timer = seconds === undefined ? null : setTimeout(() => this.ask('sync', times + 1), seconds * 1000);
  }

  private stopAsking(): void {
    if (this.timer !== null) {
      clearTimeout(this.timer);
      this.timer = null;
    }
  }

  private receive(message: unknown): void {
    if (!isObject(message) || message.v !== VERSION) {
      return;
    }
    if (message.kind === 'said') {
      this.store.said = text(message.text);
    } else if (message.kind === 'refused') {
      this.store.refuse(text(message.text));
    } else if (message.kind === 'snapshot') {
      this.restore(message);
    } else if (typeof message.seq === 'number' && this.inOrder(message.seq)) {
      this.follow(message);
    }
  }

  private restore(message: Readonly<Record<string, unknown>>): void {
    const events = parseEvents(message.events);
    if (events === null || typeof message.seq !== 'number' || this.seen(message.seq)) {
      return;
    }
    this.stopAsking();
    this.sequence = message.seq;
    this.store.reset(events, parseTimes(message));
    this.store.live = message.live !== false;
    this.store.open = opened(message.open);
    this.store.undo = text(message.undo);
  }

  /** Whether this is the next message; asks for the whole where one is missing. */
  private inOrder(sequence: number): boolean {
    if (this.sequence !== null && sequence === this.sequence + 1) {
      this.sequence = sequence;
      return true;
    }
    if (!this.seen(sequence)) {
      this.sequence = null;
      if (this.timer === null) {
        this.ask('sync');
      }
    }
    return false;
  }

  private seen(sequence: number): boolean {
    return this.sequence !== null && sequence <= this.sequence;
  }

  private follow(message: Readonly<Record<string, unknown>>): void {
    switch (message.kind) {
      case 'events':
        this.store.apply(parseEvents(message.events) ?? []);
        break;
      case 'open':
        this.store.open = opened(message.open);
        break;
      case 'undo':
        this.store.undo = text(message.undo);
    }
  }
}

function opened(value: unknown): Open | null {
  return isObject(value) && typeof value.call === 'string' && typeof value.nonce === 'string'
    ? { call: value.call, nonce: value.nonce, undo: text(value.undo) }
    : null;
}

function text(value: unknown): string {
  return typeof value === 'string' ? value : '';
}
