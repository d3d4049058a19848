/** The view in jsdom, and a person before it: mounts parts, clicks and types as a browser does for a real hand. */

import { act, type ReactNode } from 'react';
import { createRoot, type Root } from 'react-dom/client';

import { ViewContext } from '../src/turn/context';
import type { Decision, TurnHost } from '../src/turn/host';
import { TurnStore } from '../src/turn/store';
import { messages } from '../src/turn/words';

/** Observers that jsdom has not: what is watched is on screen at once, when `screen.shows` says so. */
export const screen = { shows: true };

class Observer {
  constructor(private readonly heard: (entries: { isIntersecting: boolean }[]) => void) {}
  observe(): void {
    this.heard([{ isIntersecting: screen.shows }]);
  }
  disconnect(): void {
    // nothing is kept
  }
}

Object.assign(globalThis, { IntersectionObserver: Observer, ResizeObserver: Observer, IS_REACT_ACT_ENVIRONMENT: true });
// jsdom lays nothing out: every element is as high as its content, 100 pixels.
for (const side of ['clientHeight', 'scrollHeight']) {
  Object.defineProperty(HTMLElement.prototype, side, { configurable: true, get: () => (screen.shows ? 100 : 0) });
}
Range.prototype.getClientRects = () => [] as unknown as DOMRectList;
Range.prototype.getBoundingClientRect = () => new DOMRect();

/** A host that writes down what it is asked. */
export class Asked implements TurnHost {
  readonly decisions: Decision[] = [];
  readonly others: [string, ...unknown[]][] = [];
  constructor(readonly language = 'en') {}
  decide(decision: Decision): void {
    this.decisions.push(decision);
  }
  stop(): void {
    this.others.push(['stop']);
  }
  note(text: string): void {
    this.others.push(['note', text]);
  }
  undo(): void {
    this.others.push(['undo']);
  }
  cell = (calls: readonly string[]): void => void this.others.push(['cell', calls]);
  openLink(url: string): void {
    this.others.push(['openLink', url]);
  }
}

export interface Shown {
  readonly element: HTMLElement;
  readonly host: Asked;
  readonly store: TurnStore;
  readonly redraw: (part: ReactNode) => void;
}

let roots: [Root, HTMLElement][] = [];

/** Draw a part of the view in the page. */
export function show(part: ReactNode, store = new TurnStore(), host = new Asked()): Shown {
  const element = document.createElement('div');
  element.className = 'kimi-turn';
  document.body.append(element);
  const root = createRoot(element);
  roots.push([root, element]);
  const redraw = (now: ReactNode): void =>
    act(() => root.render(<ViewContext.Provider value={{ host, store, say: messages(host.language) }}>{now}</ViewContext.Provider>));
  redraw(part);
  return { element, host, store, redraw };
}

/** Take away whatever was drawn. */
export function clear(): void {
  roots.forEach(([root, element]) => {
    act(() => root.unmount());
    element.remove();
  });
  roots = [];
}

/** The button of this name, where there is one. */
export function button(element: HTMLElement, name: string): HTMLButtonElement | undefined {
  return [...element.querySelectorAll('button')].find(each => each.textContent === name);
}

function wanted(element: HTMLElement, name: string): HTMLButtonElement {
  const found = button(element, name);
  if (!found) {
    throw new Error(`there is no button ${name}`);
  }
  return found;
}

type Inner = Record<symbol, { isTrusted: boolean; _dispatch: (event: unknown) => void }>;

/** Let an event be the user's own, which no script in a browser can. */
async function byHand(target: HTMLElement, event: Event): Promise<void> {
  const key = Object.getOwnPropertySymbols(event).find(symbol => symbol.description === 'impl');
  if (!key) {
    throw new Error('jsdom keeps its events elsewhere now');
  }
  const inner = (event as unknown as Inner)[key];
  await act(async () => {
    if (inner) {
      inner.isTrusted = true;
      (target as unknown as Inner)[key]?._dispatch(inner);
    }
    await settle();
  });
}

export async function click(element: HTMLElement, name: string): Promise<void> {
  const target = wanted(element, name);
  if (!target.disabled) {
    await byHand(target, new MouseEvent('click', { bubbles: true, cancelable: true }));
  }
}

/** The click of a script. */
export async function clickByScript(element: HTMLElement, name: string): Promise<void> {
  await act(async () => {
    wanted(element, name).click();
    await settle();
  });
}

export async function press(target: HTMLElement, key: string, how: KeyboardEventInit = {}): Promise<boolean> {
  const event = new KeyboardEvent('keydown', { key, bubbles: true, cancelable: true, ...how });
  await byHand(target, event);
  return event.defaultPrevented;
}

/** Let time pass, on the real clock. */
export async function pass(milliseconds: number): Promise<void> {
  await act(() => new Promise(done => setTimeout(done, milliseconds)));
}

async function settle(): Promise<void> {
  // a digest is worked out elsewhere, some turns of the loop away
  for (let turn = 0; turn < 5; turn++) {
    await new Promise(done => setTimeout(done));
  }
}
