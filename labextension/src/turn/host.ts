/** What the view of a turn asks of the place it is shown in. Imports no Jupyter and no React. */

/** What a person decided on a call, bound to the text that was on screen. */
export interface Decision {
  readonly call: string;
  readonly nonce: string;
  /** SHA-256 (hex) of the UTF-8 of exactly the text that was shown when it was decided. */
  readonly digest: string;
  readonly verdict: 'run' | 'edit' | 'deny' | 'rest' | 'again';
  readonly code?: string;
  readonly reason?: string;
  /** How long the card was open, in seconds. */
  readonly seconds: number;
}

/** A call that waits for its decision here. `undo` is one line: what Undo could put back, and what not. */
export interface Open {
  readonly call: string;
  readonly nonce: string;
  readonly undo: string;
}

/** The callbacks of a view. None of them is reachable by a registered command of the front end. */
export interface TurnHost {
  decide(decision: Decision): void;
  stop(): void;
  note(text: string): void;
  undo(): void;
  /** Make cells of these calls' code, of all accepted ones where the list is empty. `null` where that can't be done. */
  readonly cell: ((calls: readonly string[]) => void) | null;
  /** Open an address that the user has seen in full and clicked. */
  openLink(url: string): void;
  /** A BCP 47 tag such as `en` or `zh-CN`. */
  readonly language: string;
}
