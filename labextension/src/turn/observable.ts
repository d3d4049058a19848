/** Something that views follow: they are told once of all changes that come together. Imports nothing of ours. */

import { useSyncExternalStore } from 'react';

type Listener = () => void;

export class Observable {
  private changes = 0;
  private scheduled = false;
  private readonly listeners = new Set<Listener>();

  /** @param soon Does something once what changes now has changed. */
  constructor(private readonly soon: (work: () => void) => void = work => queueMicrotask(work)) {}

  /** Counts changes: what React compares. */
  get version(): number {
    return this.changes;
  }

  subscribe(listener: Listener): () => void {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }

  protected changed(): void {
    if (this.scheduled) {
      return;
    }
    this.scheduled = true;
    this.soon(() => {
      this.scheduled = false;
      this.changes++;
      [...this.listeners].forEach(listener => listener());
    });
  }
}

/** Draw anew whenever something changes. */
export function useFollowed<T extends Observable>(followed: T): T {
  useSyncExternalStore(
    listener => followed.subscribe(listener),
    () => followed.version
  );
  return followed;
}
