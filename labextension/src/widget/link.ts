/**
 * A view's end of the wire: events in, numbered; decisions out.
 *
 * Imports no anywidget: a model is whatever has these methods.
 */

import { type Decision, Following, isObject, type TurnStore } from '../turn';

/** The version of the messages, as in `kimi_jupyter/view/widget.py`. */
const VERSION = 1;

type Handler = (content: unknown) => void;

/** What is needed of an anywidget model. */
export interface Model {
  on(event: 'msg:custom', handler: Handler): void;
  off(event: 'msg:custom', handler: Handler): void;
  send(content: unknown): void;
}

export class Link {
  private readonly following = new Following(() => this.send('sync'));
  private readonly view = Math.random().toString(36).slice(2);
  private readonly handler: Handler = content => this.receive(content);

  constructor(private readonly model: Model) {
    model.on('msg:custom', this.handler);
    this.send('ready');
    this.following.await();
  }

  get store(): TurnStore {
    return this.following.store;
  }

  decide(decision: Decision): void {
    this.act('decide', { ...decision });
  }

  /** Say what the user does; the kernel answers what it can't follow. Where it lies unheard, the next message wakes it. */
  act(kind: 'decide' | 'stop' | 'note' | 'plan' | 'undo' | 'cell', content: object = {}): void {
    this.send(kind, content);
    this.following.expect();
  }

  dispose(): void {
    this.model.off('msg:custom', this.handler);
    this.following.dispose();
  }

  private send(kind: string, content: object = {}): void {
    this.model.send({ ...content, v: VERSION, view: this.view, kind });
  }

  private receive(message: unknown): void {
    if (!isObject(message) || message.v !== VERSION) {
      return;
    }
    this.following.receive(message);
    if (message.kind === 'refused') {
      this.store.refuse(typeof message.text === 'string' ? message.text : '');
    }
  }
}
