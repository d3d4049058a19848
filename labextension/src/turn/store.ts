/**
 * The state that a turn's views share, and how they hear of changes: at most once a frame.
 *
 * Whoever receives events puts them in here; the React views read. Imports no React.
 */

import type { TurnEvent } from './events';
import type { Open } from './host';
import { Observable } from './observable';
import type { Times } from './times';
import { Turn } from './turn';

export class TurnStore extends Observable {
  private turn_: Turn;
  private open_: Open | null = null;
  private said_ = '';
  private undo_ = '';
  private live_ = true;
  /** How many messages did nothing. */
  refusals = 0;

  constructor(private readonly clock?: () => number) {
    super(nextFrame);
    this.turn_ = new Turn(clock);
  }

  get turn(): Turn {
    return this.turn_;
  }

  /** The call that waits for a decision here. */
  get open(): Open | null {
    return this.open_;
  }

  set open(open: Open | null) {
    this.open_ = open;
    this.changed();
  }

  /** One line about what happened outside the events. */
  get said(): string {
    return this.said_;
  }

  set said(text: string) {
    this.said_ = text;
    this.changed();
  }

  /** Say why a message did nothing. */
  refuse(text: string): void {
    this.refusals++;
    this.said = text;
  }

  /** What Undo would do now; empty where there is nothing to undo, or nobody to do it. */
  get undo(): string {
    return this.undo_;
  }

  set undo(text: string) {
    this.undo_ = text;
    this.changed();
  }

  /** Whether there is a kernel behind it that can be stopped, steered and answered. */
  get live(): boolean {
    return this.live_;
  }

  set live(live: boolean) {
    this.live_ = live;
    this.changed();
  }

  apply(events: readonly TurnEvent[]): void {
    for (const event of events) {
      this.turn_.apply(event);
    }
    this.changed();
  }

  /** Begin anew with these events, as after a gap; with the times they took, where it is known. */
  reset(events: readonly TurnEvent[], times?: Times): void {
    this.turn_ = new Turn(this.clock);
    this.apply(events);
    if (times) {
      this.turn_.seconds = times.seconds;
      for (const step of this.turn_.steps) {
        step.thoughtSeconds = times.thought.get(step.number) ?? 0;
      }
    }
  }
}

/** At the next frame; in a page that is hidden frames don't come, so a timer goes along. */
function nextFrame(work: () => void): void {
  let done = false;
  const once = (): void => {
    if (!done) {
      done = true;
      work();
    }
  };
  if (typeof requestAnimationFrame === 'function') {
    requestAnimationFrame(once);
  }
  setTimeout(once, 100);
}
