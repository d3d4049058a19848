/** What the view of a turn asks of the place it is shown in. Imports no Jupyter and no React. */

import type { PlanItem } from './events';

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

/** What a call would do in the notebook, as the notebook is now. */
export interface Subject {
  /** Which cell it is about, and what is to be known of it, in the user's language. */
  readonly words: string;
  /** The cell's source now; null where there is none. */
  readonly before: string | null;
  /** The source that would be there or run; null where the cell would go. */
  readonly after: string | null;
}

/** Shows two texts as one with their differences in an element, whole; returns what takes it away again. */
export type MountDiff = (
  element: HTMLElement,
  texts: { readonly before: string; readonly after: string },
  options: {
    readonly label: string;
    readonly blankLines: (number: number) => string;
    /** The last line is on screen, as far as the element's own scrolling goes. */
    readonly onEnd: () => void;
  }
) => () => void;

/** The callbacks of a view. None of them is reachable by a registered command of the front end. */
export interface TurnHost {
  decide(decision: Decision): void;
  stop(): void;
  note(text: string): void;
  /** The model's plan as the user wants it; absent where it can't be changed. */
  readonly plan?: (items: readonly PlanItem[]) => void;
  undo(): void;
  /** Make cells of these calls' code, of all accepted ones where the list is empty. `null` where that can't be done. */
  readonly cell: ((calls: readonly string[]) => void) | null;
  /** Open an address that the user has seen in full and clicked. */
  openLink(url: string): void;
  /** What a call that waits would do in the notebook; absent where there is none, null where it is not about cells. */
  readonly subject?: (call: {
    readonly name: string;
    readonly arguments: Readonly<Record<string, unknown>>;
  }) => Subject | null;
  /** Fetches what shows a diff (`src/turn/diff.ts`), which a view that needs none does not carry. */
  readonly diff?: () => Promise<MountDiff>;
  /** A BCP 47 tag such as `en` or `zh-CN`. */
  readonly language: string;
}
