/** The widget's end of the wire, over a model that loses, repeats and reorders what a kernel sends. */

import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';

import type { Turn } from '../src/turn/turn';
import { Link, type Model } from '../src/widget/link';
import { fold, golden, NAMES, raw } from './golden';

type Message = Readonly<Record<string, unknown>>;

/** The methods of an anywidget model; what is sent is kept. */
class FakeModel implements Model {
  readonly sent: Message[] = [];
  private readonly handlers = new Set<(content: unknown) => void>();

  on(_: 'msg:custom', handler: (content: unknown) => void): void {
    this.handlers.add(handler);
  }

  off(_: 'msg:custom', handler: (content: unknown) => void): void {
    this.handlers.delete(handler);
  }

  send(content: unknown): void {
    this.sent.push(content as Message);
  }

  receive(content: unknown): void {
    this.handlers.forEach(handler => handler(content));
  }

  get kinds(): unknown[] {
    return this.sent.map(message => message.kind);
  }
}

/** The kernel's side: numbers what it sends, and sends the whole when it is asked. */
class Kernel {
  private sequence = 0;
  private readonly told: Message[] = [];
  private answered = 0;
  private newest: Message = {};

  constructor(
    private readonly model: FakeModel,
    private readonly arrives: () => boolean = () => true
  ) {}

  tell(...events: readonly Message[]): void {
    this.told.push(...events);
    this.send({ kind: 'events', events });
  }

  send(content: Message): void {
    this.newest = this.numbered(content);
    if (this.arrives()) {
      this.model.receive(this.newest);
    }
  }

  /** Send the newest message once more. */
  repeat(): void {
    this.model.receive(this.newest);
  }

  numbered(content: Message): Message {
    this.sequence++;
    return { v: 1, seq: this.sequence, ...content };
  }

  snapshot(more: Message = {}): Message {
    return { kind: 'snapshot', events: [...this.told], open: null, undo: '', live: true, seconds: 0, thought: {}, ...more };
  }

  /** Answer what a view asked since. */
  answer(): void {
    for (; this.answered < this.model.sent.length; this.answered++) {
      if (['ready', 'sync'].includes(String(this.model.sent[this.answered]?.kind))) {
        this.send(this.snapshot());
      }
    }
  }
}

/** Everything of a turn that a view shows. */
function shown(turn: Turn): unknown {
  return {
    reason: turn.reason,
    prompt: turn.prompt,
    usage: turn.usage,
    notices: turn.notices,
    steps: turn.steps.map(step => [
      step.number,
      step.notes,
      step.reasoning.toString(),
      step.text.toString(),
      step.calls.map(({ proposal, decision, status, text }) => ({ proposal, decision, status, text }))
    ])
  };
}

/** An event as an endpoint streams it: a text in pieces of three characters. */
function pieces(event: Message): Message[] {
  const { type, text } = event;
  return typeof text === 'string' && (type === 'reasoning_delta' || type === 'text_delta')
    ? (text.match(/.{1,3}/gsu) ?? []).map(piece => ({ ...event, text: piece }))
    : [event];
}

/** Numbers from 0 to 1 that are the same in every run. */
function* numbers(seed: number): Generator<number, never> {
  for (let state = seed; ; ) {
    state = (state * 1664525 + 1013904223) % 2 ** 32;
    yield state / 2 ** 32;
  }
}

const started = { type: 'turn_started', prompt: 'Why?', provider: 'offline', model: 'kimi' };
const thought = (text: string): Message => ({ type: 'reasoning_delta', text });

function linked(): { model: FakeModel; kernel: Kernel; link: Link } {
  const model = new FakeModel();
  const kernel = new Kernel(model);
  const link = new Link(model);
  kernel.answer();
  return { model, kernel, link };
}

const reasoning = (link: Link): string => link.store.turn.step.reasoning.toString();

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

describe('a view', () => {
  it('says that it is there once it listens, and bears its own name', () => {
    const model = new FakeModel();
    const kernel = new Kernel(model);
    kernel.tell(started, thought('early'));
    const [one, other] = [new Link(model), new Link(model)];
    expect(model.kinds).toEqual(['ready', 'ready']);
    expect(new Set(model.sent.map(message => message.view)).size).toBe(2);
    expect(model.sent.every(message => message.v === 1)).toBe(true);
    kernel.answer();
    kernel.tell(thought(' and late'));
    expect([one, other].map(reasoning)).toEqual(['early and late', 'early and late']);
  });

  it('waits for the whole, and takes none of what comes before', () => {
    const model = new FakeModel();
    const kernel = new Kernel(model);
    const link = new Link(model);
    kernel.tell(started, thought('before'));
    expect(reasoning(link)).toBe('');
    expect(model.kinds).toEqual(['ready']);
    kernel.answer();
    expect(reasoning(link)).toBe('before');
  });

  it('asks again while no answer comes, less and less often, and gives up', () => {
    const model = new FakeModel();
    new Link(model);
    vi.advanceTimersByTime(2_100);
    expect(model.kinds).toEqual(['ready', 'sync']);
    vi.advanceTimersByTime(3_600_000);
    expect(model.kinds).toEqual(['ready', 'sync', 'sync', 'sync', 'sync']);
  });

  it('goes on asking where the whole came unasked: it may not have been heard', () => {
    const model = new FakeModel();
    const kernel = new Kernel(model);
    new Link(model);
    kernel.send(kernel.snapshot({ unasked: true }));
    vi.advanceTimersByTime(2_100);
    expect(model.kinds).toEqual(['ready', 'sync']);
    kernel.answer();
    vi.advanceTimersByTime(60_000);
    expect(model.kinds).toEqual(['ready', 'sync']);
  });

  it('asks no more once it is answered or gone', () => {
    const { model, link } = linked();
    vi.advanceTimersByTime(60_000);
    expect(model.kinds).toEqual(['ready']);
    model.receive({ v: 1, kind: 'events', seq: 9, events: [] });
    link.dispose();
    vi.advanceTimersByTime(60_000);
    expect(model.kinds).toEqual(['ready', 'sync']);
  });

  it('hears nothing any more when it is gone', () => {
    const { kernel, link } = linked();
    link.dispose();
    kernel.tell(started, thought('gone'));
    expect(reasoning(link)).toBe('');
  });
});

describe('UI-20: numbers', () => {
  it('a gap asks once and counts nothing until the whole is there', () => {
    const { model, kernel, link } = linked();
    kernel.tell(started, thought('a'));
    kernel.numbered({}); // lost
    kernel.tell(thought('c'));
    kernel.tell(thought('d'));
    expect(model.kinds).toEqual(['ready', 'sync']);
    expect(reasoning(link)).toBe('a');
    kernel.answer();
    kernel.tell(thought('e'));
    expect(reasoning(link)).toBe('acde');
  });

  it('what comes twice counts once', () => {
    const { model, kernel, link } = linked();
    kernel.tell(started, thought('a'));
    const message = kernel.numbered({ kind: 'events', events: [thought('b')] });
    model.receive(message);
    model.receive(message);
    expect(reasoning(link)).toBe('ab');
    expect(model.kinds).toEqual(['ready']);
  });

  it('an old whole does not undo what came after it', () => {
    const { model, kernel, link } = linked();
    const old = kernel.numbered(kernel.snapshot());
    kernel.tell(started, thought('a'));
    kernel.answer();
    kernel.send(kernel.snapshot());
    model.receive(old);
    expect(reasoning(link)).toBe('a');
  });

  it('two in the wrong order are mended by the whole', () => {
    const { model, kernel, link } = linked();
    kernel.tell(started);
    const [first, second] = ['a', 'b'].map(text => kernel.numbered({ kind: 'events', events: [thought(text)] }));
    model.receive(second);
    model.receive(first);
    expect(reasoning(link)).toBe('');
    expect(model.kinds).toEqual(['ready', 'sync']);
  });

  it.each(NAMES)('%s: with 85 %% lost and some repeated, two views show the same in the end', name => {
    const random = numbers(NAMES.indexOf(name) + 1);
    let lossy = true;
    const model = new FakeModel();
    const kernel = new Kernel(model, () => !lossy || random.next().value < 0.15);
    const links = [new Link(model), new Link(model)];
    for (const piece of raw(name).flatMap(pieces)) {
      kernel.tell(piece);
      if (random.next().value < 0.3) {
        kernel.answer();
        kernel.repeat();
      }
      vi.advanceTimersByTime(50);
    }
    lossy = false;
    kernel.tell();
    kernel.answer();
    for (const link of links) {
      expect(shown(link.store.turn)).toEqual(shown(fold(golden(name))));
    }
  });
});

describe('what a kernel says', () => {
  it('opens a card, closes it, offers undo and speaks', () => {
    const { model, kernel, link } = linked();
    kernel.send({ kind: 'open', open: { call: 'c1', nonce: 'n', undo: 'Undo can put df back.' } });
    expect(link.store.open).toEqual({ call: 'c1', nonce: 'n', undo: 'Undo can put df back.' });
    kernel.send({ kind: 'open', open: null });
    expect(link.store.open).toBeNull();
    kernel.send({ kind: 'undo', undo: 'df' });
    expect(link.store.undo).toBe('df');
    model.receive({ v: 1, kind: 'said', text: 'Put back: df.' });
    expect(link.store.said).toBe('Put back: df.');
    model.receive({ v: 1, kind: 'refused', of: 'decide', text: 'Too late.' });
    expect([link.store.said, link.store.refusals]).toEqual(['Too late.', 1]);
  });

  it('in the whole includes the open card, undo, whether it lives, and the time it took so far', () => {
    const { kernel, link } = linked();
    kernel.tell(started, { type: 'step_started', step: 1 }, thought('a'), { type: 'text_delta', text: 'b' });
    const open = { call: 'c1', nonce: 'n', undo: '' };
    kernel.send(kernel.snapshot({ open, undo: 'df', live: false, seconds: 75, thought: { 1: 61.5 } }));
    expect(link.store.open).toEqual(open);
    expect([link.store.undo, link.store.live]).toEqual(['df', false]);
    const { turn } = link.store;
    expect(Math.round(turn.seconds)).toBe(75);
    expect(turn.thoughtSeconds(turn.step)).toBe(61.5);
  });

  it.each([
    [null],
    ['events'],
    [[]],
    [{}],
    [{ kind: 'events', seq: 2, events: [thought('x')] }],
    [{ v: 2, kind: 'events', seq: 2, events: [thought('x')] }],
    [{ v: 1, kind: 'events', seq: '2', events: [thought('x')] }],
    [{ v: 1, kind: 'snapshot', seq: 2, events: 'all' }],
    [{ v: 1, kind: 'snapshot', events: [thought('x')] }],
    [{ v: 1, kind: 'open', open: { call: 'c', nonce: 'n' } }],
    [{ v: 1, kind: 'said' }],
    [{ v: 1, kind: 'from the future', seq: 2 }]
  ])('%j changes nothing and breaks nothing', message => {
    const { model, link } = linked();
    model.receive(message);
    expect(reasoning(link)).toBe('');
    expect([link.store.open, link.store.said, link.store.undo]).toEqual([null, '', '']);
  });
});

describe('what a user does', () => {
  it('is followed by a question where nothing comes of it, which wakes a kernel that left it lying', () => {
    const { model, kernel, link } = linked();
    link.decide({ call: 'c1', nonce: 'n', digest: 'ab', verdict: 'run', seconds: 2.5 });
    vi.advanceTimersByTime(2_100);
    expect(model.kinds).toEqual(['ready', 'decide', 'sync']);
    kernel.answer();
    vi.advanceTimersByTime(60_000);
    expect(model.kinds).toEqual(['ready', 'decide', 'sync']);
  });

  it.each([{ kind: 'refused', text: 'It was decided already.' }, { kind: 'open', open: null }])(
    'is followed by none where something comes: $kind',
    answer => {
      const { model, kernel, link } = linked();
      link.act('stop');
      kernel.send(answer);
      vi.advanceTimersByTime(60_000);
      expect(model.kinds).toEqual(['ready', 'stop']);
    }
  );
});

it('what a user does goes out as it is, in this version and under the name of the view', () => {
  const { model, link } = linked();
  link.decide({ call: 'c1', nonce: 'n', digest: 'ab', verdict: 'edit', code: 'x = 1\n', seconds: 2.5 });
  link.act('note', { text: 'look again' });
  link.act('cell', { calls: [] });
  const [{ view } = {}, ...rest] = model.sent;
  expect(rest).toEqual([
    { v: 1, view, kind: 'decide', call: 'c1', nonce: 'n', digest: 'ab', verdict: 'edit', code: 'x = 1\n', seconds: 2.5 },
    { v: 1, view, kind: 'note', text: 'look again' },
    { v: 1, view, kind: 'cell', calls: [] }
  ]);
});
