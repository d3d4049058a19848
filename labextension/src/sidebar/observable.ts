/** Something that views follow: they are told of changes at most once a frame. Imports nothing. */

type Listener = () => void;

export class Observable {
  private changes = 0;
  private scheduled = false;
  private readonly listeners = new Set<Listener>();

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
    queueMicrotask(() => {
      this.scheduled = false;
      this.changes++;
      [...this.listeners].forEach(listener => listener());
    });
  }
}
