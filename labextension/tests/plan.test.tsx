/** The model's plan as a checklist, what the user changes in it, and what a turn may use up. */

import { act } from 'react';
import { afterEach, describe, expect, it } from 'vitest';

import { parseEvents } from '../src/turn/events';
import type { TurnHost } from '../src/turn/host';
import { TurnStore } from '../src/turn/store';
import { TurnView } from '../src/turn/TurnView';
import { Asked, clear, click, pass, show, type Shown } from './person';

class Planning extends Asked implements TurnHost {
  plan = (items: readonly object[]): void => void this.others.push(['plan', items]);
}

const PLANNED = {
  type: 'planned',
  items: [
    ['load', 'done'],
    ['plot <b>', 'open'],
    ['report', 'dropped']
  ]
};

function planned(...more: object[]): Shown {
  const made = new TurnStore(() => 0);
  const started = { type: 'step_started', step: 1, limits: { steps: 50, cost: 2 } };
  made.apply(parseEvents([started, PLANNED, ...more]) ?? []);
  return show(<TurnView />, made, new Planning());
}

const lines = ({ element }: Shown): [string | null, boolean, boolean][] =>
  [...element.querySelectorAll<HTMLElement>('.kimi-plan li')].map(line => {
    const box = line.querySelector('input');
    return [line.querySelector('label')?.textContent ?? null, box?.checked ?? false, box?.disabled ?? false];
  });

afterEach(clear);

describe('the plan', () => {
  it('is a checklist, and the footer says how much may be used up', () => {
    const shown = planned();
    expect(lines(shown)).toEqual([
      ['load', true, false],
      ['plot <b>', false, false],
      ['report', false, false]
    ]);
    expect(shown.element.textContent).toContain('1 of 50 steps');
  });

  it('is changed by the user at once, until the model has its own', async () => {
    const shown = planned();
    await click(shown.element, '×');
    const [kind, items] = shown.host.others[0] ?? [];
    expect(kind).toBe('plan');
    expect(items).toEqual([
      { text: 'load', state: 'done' },
      { text: 'plot <b>', state: 'dropped' },
      { text: 'report', state: 'dropped' }
    ]);
    expect(shown.element.querySelectorAll('.kimi-plan-dropped')).toHaveLength(2);
    act(() => shown.store.apply(parseEvents([{ ...PLANNED, items: [['all new', 'open']] }]) ?? []));
    await pass(150);
    expect(lines(shown).map(([text]) => text)).toEqual(['all new']);
  });

  it('stays as it is when the turn is over', () => {
    const shown = planned({ type: 'turn_ended', reason: 'complete', message: '' });
    expect(lines(shown).every(([, , disabled]) => disabled)).toBe(true);
    expect(shown.element.querySelector('.kimi-drop')).toBeNull();
  });

  it('may be wrapped up', async () => {
    const shown = planned();
    await click(shown.element, 'Wrap up');
    expect(shown.host.others).toEqual([['note', 'wrap up']]);
  });
});
