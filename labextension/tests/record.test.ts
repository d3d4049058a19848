/** Saved records: what is one, and what is shown of one that is none. */

import { describe, expect, it } from 'vitest';

import { parseRecord } from '../src/record/parse';
import { fold, NAMES, raw } from './golden';

const saved = (name: string): Record<string, unknown> => ({
  version: 1,
  events: raw(name),
  seconds: 61.5,
  thought: { 1: 2.5 }
});

describe('a record', () => {
  it.each(NAMES)('%s is read as it was written, with the times it took', name => {
    const record = parseRecord(saved(name));
    expect(record?.events).toHaveLength(raw(name).length);
    expect(record?.times).toEqual({ seconds: 61.5, thought: new Map([[1, 2.5]]) });
  });

  it.each([
    ['nothing', undefined],
    ['null', null],
    ['text', '{"version": 1}'],
    ['a list', [saved('edit')]],
    ['another version', { ...saved('edit'), version: 2 }],
    ['no version', { ...saved('edit'), version: undefined }],
    ['no events', { version: 1 }],
    ['events that are none', { version: 1, events: [{ no: 'type' }] }],
    ['a turn without an end', { version: 1, events: raw('edit').filter(event => event.type !== 'turn_ended') }]
  ])('UI-22: %s is none', (_, value) => {
    expect(parseRecord(value)).toBeNull();
  });

  it.each([['long'], [-1], [NaN], [Infinity], [null]])('with %j for seconds took none that is known', seconds => {
    const record = parseRecord({ ...saved('edit'), seconds, thought: { 1: seconds } });
    expect(record?.times.seconds).toBe(0);
    expect(record?.times.thought.get(1)).toBe(0);
  });

  it('keeps a decision to the values there are, whatever a file says', () => {
    const events = raw('refusal').map(event => (event.type === 'decided' ? { ...event, verdict: 'execute' } : event));
    const record = parseRecord({ ...saved('refusal'), events });
    expect(fold(record?.events ?? []).calls[0]?.decision?.verdict).toBe('deny');
  });
});
