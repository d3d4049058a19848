/** The turns of a conversation as the sidebar shows them, each following its own. Imports no React. */

import type { IOutput } from '@jupyterlab/nbformat';

import type { Json } from '../link/read';
import type { Message, TurnNow } from '../link/protocol';
import { Following } from '../turn/following';
import type { TurnStore } from '../turn/store';
import { Observable } from '../turn/observable';

/** One turn: its question, and the state of its answer. */
export class ShownTurn extends Observable {
  readonly following: Following;
  /** Outputs of code that ran as scratch, by request. */
  readonly scratch = new Map<string, readonly IOutput[]>();
  /** Whether only the gist is known; the kernel tells the whole. */
  brief = false;

  constructor(
    readonly id: string,
    private readonly asked: string,
    readonly place: 'cell' | 'sidebar',
    /** Milliseconds since 1970; 0 where it is not known. */
    readonly at: number,
    sync: () => void
  ) {
    super();
    this.following = new Following(sync);
    this.following.store.subscribe(() => this.changed());
  }

  get store(): TurnStore {
    return this.following.store;
  }

  /** The user's words, as far as they are known. */
  get prompt(): string {
    return this.store.turn.prompt || this.asked;
  }

  get running(): boolean {
    return this.store.turn.reason === null;
  }

  /** Show outputs that have no cell to show them. */
  output(request: string, outputs: readonly IOutput[]): void {
    this.scratch.set(request, outputs);
    this.changed();
  }

  dispose(): void {
    this.following.dispose();
  }
}

export class Turns extends Observable {
  private readonly known = new Map<string, ShownTurn>();

  /** @param sync Asks the kernel for the whole of a turn. */
  constructor(private readonly sync: (turn: string) => void) {
    super();
  }

  get all(): ShownTurn[] {
    return [...this.known.values()];
  }

  get last(): ShownTurn | null {
    return this.all.at(-1) ?? null;
  }

  /** The one that is being answered. */
  get running(): ShownTurn | null {
    return this.all.findLast(turn => turn.running) ?? null;
  }

  find(turn: string): ShownTurn | null {
    return this.known.get(turn) ?? null;
  }

  /** Show these turns and no others. Those that are shown already and over stay as they are. */
  show(turns: readonly TurnNow[]): void {
    const before = new Map(this.known);
    this.known.clear();
    for (const now of turns) {
      const shown = before.get(now.turn);
      before.delete(now.turn);
      this.known.set(now.turn, shown && !shown.running && !now.live ? shown : this.take(shown ?? null, now));
    }
    before.forEach(turn => turn.dispose());
    this.changed();
  }

  /** A turn began. */
  begin({ turn, prompt, place, at }: Extract<Message, { kind: 'turn' }>): ShownTurn {
    const shown = this.known.get(turn) ?? this.make(turn, prompt, place, at || Date.now());
    shown.following.begin();
    this.known.set(turn, shown);
    this.changed();
    return shown;
  }

  receive(turn: string, message: Json): void {
    const shown = this.known.get(turn);
    if (shown && message.kind === 'snapshot') {
      shown.brief = false;
      // Of a turn that is over, too: its answer stands in the view, and nowhere else as below a cell.
      shown.following.receive({ ...message, live: true });
    } else {
      shown?.following.receive(message);
    }
  }

  /** Have the whole of a turn told of which only the gist is known. */
  complete(turn: ShownTurn): void {
    if (turn.brief) {
      this.sync(turn.id);
    }
  }

  dispose(): void {
    this.known.forEach(turn => turn.dispose());
  }

  private take(shown: ShownTurn | null, now: TurnNow): ShownTurn {
    const turn = shown ?? this.make(now.turn, now.prompt, now.place, now.at);
    const { store } = turn;
    turn.brief = now.brief;
    turn.following.forget();
    store.reset(now.events, now.times);
    if (now.live) {
      this.sync(now.turn);
      turn.following.await();
    } else if (turn.running) {
      // Its kernel went away before it could tell the end.
      store.apply([{ type: 'turn_ended', reason: 'interrupted', message: '' }]);
    }
    return turn;
  }

  private make(turn: string, prompt: string, place: 'cell' | 'sidebar', at: number): ShownTurn {
    const shown = new ShownTurn(turn, prompt, place, at, () => this.sync(turn));
    // Whoever shows the list cares for a turn's beginning and end, not for each word of it.
    let running = shown.running;
    shown.store.subscribe(() => {
      if (shown.running !== running) {
        running = shown.running;
        this.changed();
      }
    });
    return shown;
  }
}
