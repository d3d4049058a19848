/**
 * The turn view on a page of its own, to look at.
 *
 * `?turn=` names a golden file or one of `turns.ts`; `theme=light|dark`, `language=zh`, `record=1`. `speed=20` plays the
 * events at so many a second. Decisions are written to the console.
 */

import { mountTurn, parseEvents, TurnStore, type TurnHost } from '../src/turn';
import { TURNS } from './turns';

declare global {
  var golden: Readonly<Record<string, readonly object[]>>;
  var store: TurnStore;
}

const asked = new URLSearchParams(location.search);
const theme = document.createElement('link');
theme.rel = 'stylesheet';
theme.href = `${asked.get('theme') ?? 'light'}.css`;
document.head.append(theme);

const said =
  (kind: string) =>
  (...rest: unknown[]): void =>
    console.log(kind, ...rest);
const host: TurnHost = {
  decide: said('decide'),
  stop: said('stop'),
  note: said('note'),
  undo: said('undo'),
  cell: said('cell'),
  openLink: said('openLink'),
  language: asked.get('language') ?? 'en'
};

const name = asked.get('turn') ?? 'two_steps';
const events = parseEvents(globalThis.golden[name] ?? TURNS[name]?.() ?? []) ?? [];
const store = (globalThis.store = new TurnStore());
store.live = !asked.has('record');
const main = document.querySelector('main');
if (main) {
  mountTurn(main, store, host);
}

const speed = Number(asked.get('speed'));
if (speed > 0) {
  let next = 0;
  const timer = setInterval(() => {
    store.apply(events.slice(next, ++next));
    if (next >= events.length) {
      clearInterval(timer);
      open();
    }
  }, 1000 / speed);
} else {
  store.apply(events);
  open();
}

/** The first call that waits is open, as a kernel would have it. */
function open(): void {
  const waiting = store.turn.calls.find(call => call.waiting && store.turn.reason === null);
  store.open = waiting
    ? { call: waiting.proposal.call, nonce: 'n', undo: 'Undo can put df back; not files, databases or the network.' }
    : null;
  store.undo = store.turn.reason === null ? '' : 'df, by_species';
}
