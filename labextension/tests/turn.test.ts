/** The fold of a turn's events: the expectations of `tests/view/test_turn.py`, over the same files. */

import { describe, expect, it } from 'vitest';

import { parseEvents } from '../src/turn/events';
import { ending, footer, messages, state } from '../src/turn/words';
import { fold, golden, NAMES, raw } from './golden';

const say = messages('en');

/** File: how it ends, its calls' states, its answer's beginning. */
const FOLDED: Readonly<Record<string, readonly [string, readonly string[], string]>> = {
  plain_answer: ['complete', [], 'A **z-score**'],
  two_steps: ['complete', ['done in 12 ms', 'done in 4 ms · allowed with the rest of this turn'], '**Gentoo**'],
  edit: ['complete', ['done in 3 ms · edited by you'], 'You kept'],
  refusal: ['complete', ['refused: I still need those files'], 'Then nothing'],
  invalid_call: [
    'complete',
    [
      'not run: There is no tool run_pyhton. The tools are: run_python, inspect.',
      'done in 2 ms · allowed automatically'
    ],
    'Those are'
  ],
  error_then_mend: [
    'complete',
    ["failed: KeyError: 'Body Mass'", 'done in 1 ms', 'done in 2 ms'],
    'The mean body mass'
  ],
  steered: ['complete', ['done in 2 ms', 'done in 2 ms · allowed before, word for word'], 'There are **344**'],
  planned: ['complete', ['done in 1 ms', 'done in 1 ms', 'goes on'], 'Die Tabelle'],
  interrupted: ['interrupted', ['interrupted'], ''],
  interrupted_drafting: ['interrupted', [], ''],
  incomplete: ['incomplete', [], 'First, the'],
  failed: ['failed', [], '']
};

describe('the fold of the golden files', () => {
  it('has an expectation for every file', () => {
    expect(Object.keys(FOLDED).sort()).toEqual(NAMES);
  });

  it.each(NAMES)('%s: end, states and answer', name => {
    const [reason, states, answer] = FOLDED[name] ?? ['', [], ''];
    const turn = fold(golden(name));
    expect(turn.reason).toBe(reason);
    expect(turn.calls.map(call => state(call, say)[1])).toEqual(states);
    expect(turn.answer.startsWith(answer)).toBe(true);
    expect(turn.answer !== '').toBe(answer !== '');
  });

  it.each(NAMES)('%s: deltas concatenate', name => {
    const events = golden(name);
    const turn = fold(events);
    const told = (type: string): string =>
      events.map(event => (event.type === type && 'text' in event ? event.text : '')).join('');
    expect(turn.steps.map(step => step.reasoning.toString()).join('')).toBe(told('reasoning_delta'));
    expect(turn.steps.map(step => step.text.toString()).join('')).toBe(told('text_delta'));
  });

  it.each(NAMES)('%s: every event is understood', name => {
    expect(golden(name)).toHaveLength(raw(name).length);
  });

  it('shows the code that ran after an edit', () => {
    const [call] = fold(golden('edit')).calls;
    expect(call?.edited).toBe(true);
    expect(call?.code).not.toBe(call?.proposal.code);
  });

  it('keeps what was sent and what the user added', () => {
    const turn = fold(golden('steered'));
    expect(turn.sent?.parts.map(part => part.title)).toEqual(['[1]', 'df']);
    expect(turn.sent?.hidden).toBe(2);
    expect(turn.steps.map(step => step.notes)).toEqual([[], ['count once more, to be sure'], []]);
    expect(turn.calls[0]?.proposal.effects).toEqual({ reads: ['df'], creates: ['n'] });
  });

  it('says the same of the end and of what it took as the notebook view', () => {
    expect(ending(fold(golden('failed')), say)).toMatch(/^Failed/);
    expect(footer(fold(golden('edit')), say)).toMatch(/^≈1,910 tokens in · ≈80 out · context <1 % · 2 steps/);
    expect(footer(fold(golden('failed')), say)).toBe('1 step · 0 ms · kimi-k2-thinking @ offline');
  });

  it('changes nothing after the end', () => {
    const turn = fold([...golden('plain_answer'), { type: 'text_delta', text: 'more' }]);
    expect(turn.answer.endsWith('more')).toBe(false);
  });
});

describe('events from elsewhere', () => {
  it.each([[null], [{}], ['events'], [[1]], [[{ kind: 'x' }]], [[null]]])('%j is no list of events', value => {
    expect(parseEvents(value)).toBeNull();
  });

  it('of unknown kinds are left out, and wrong fields are made harmless', () => {
    const events = parseEvents([
      { type: 'from_the_future' },
      { type: 'decided', call: 7, verdict: 'yes', by: 'me' },
      { type: 'call_finished', call: 'c', status: 'great', seconds: 'long' },
      { type: 'usage_reported', usage: { prompt: -1, cost: 'free' }, context: NaN }
    ]);
    expect(events).toEqual([
      { type: 'decided', call: '', verdict: 'deny', by: 'rule', code: null, reason: '', effects: {} },
      { type: 'call_finished', call: 'c', status: 'unknown', text: '', seconds: 0 },
      {
        type: 'usage_reported',
        usage: { prompt: -1, completion: 0, cached: 0, cost: null, estimated: false },
        context: 0
      }
    ]);
  });
});
