/**
 * Follows a turn that is told in numbered messages, whoever carries them: the widget's, or the sidebar's comm.
 *
 * A number that is missed asks for the whole, and nothing counts until it is there. Imports no React.
 */

import { isObject, parseEvents } from './events';
import type { Open } from './host';
import { TurnStore } from './store';
import { parseTimes } from './times';

/** Seconds after which the whole is asked for again, as the answer may be lost too; then only at the next message. */
const AGAIN = [2, 4, 8, 16];

export class Following {
  readonly store: TurnStore;
  /** The number of the newest message that counted; null while the whole is missing. */
  private sequence: number | null = null;
  private timer: ReturnType<typeof setTimeout> | null = null;
  /** Whether the next message, whatever it says, ends the asking. */
  private anyAnswers = false;

  /** @param sync Asks for the whole. */
  constructor(
    private readonly sync: () => void,
    store = new TurnStore()
  ) {
    this.store = store;
  }

  /** Take a message in; those of kinds that are not about a turn change nothing. */
  receive(message: Readonly<Record<string, unknown>>): void {
    if (this.anyAnswers) {
      this.stopAwaiting();
    }
    if (message.kind === 'said') {
      this.store.said = text(message.text);
    } else if (message.kind === 'snapshot') {
      this.restore(message);
    } else if (typeof message.seq === 'number' && this.inOrder(message.seq)) {
      this.follow(message);
    }
  }

  /** Ask for the whole again while it doesn't come, the first time in two seconds. */
  await(times = 0): void {
    this.stopAwaiting();
    const seconds = AGAIN[times];
    if (seconds !== undefined) {
      this.timer = setTimeout(() => {
        this.sync();
        this.await(times + 1);
      }, seconds * 1000);
    }
  }

  /** Something was said that changes the turn: ask for the whole where nothing at all is heard of it. */
  expect(): void {
    if (this.timer === null) {
      this.await();
      this.anyAnswers = true;
    }
  }

  /** It begins now, and its first message is number 1. */
  begin(): void {
    this.sequence = 0;
  }

  /** What was told so far may be of another numbering: only the whole counts from now on. */
  forget(): void {
    this.sequence = null;
  }

  dispose(): void {
    this.stopAwaiting();
  }

  private stopAwaiting(): void {
    if (this.timer !== null) {
      clearTimeout(this.timer);
      this.timer = null;
    }
    this.anyAnswers = false;
  }

  private restore(message: Readonly<Record<string, unknown>>): void {
    const events = parseEvents(message.events);
    if (events === null || typeof message.seq !== 'number' || this.seen(message.seq)) {
      return;
    }
    // What came unasked is no sign that we were heard: ipykernel before 7.4 may leave a message lying until the next one.
    if (message.unasked !== true) {
      this.stopAwaiting();
    }
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
        this.sync();
        this.await();
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
