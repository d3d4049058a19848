/** The card of a call, and the decision on it (hazards §2). */

import { act } from 'react';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';

import { plainSha256 } from '../src/turn/digest';
import { parseEvents } from '../src/turn/events';
import { TurnStore } from '../src/turn/store';
import { TurnView } from '../src/turn/TurnView';
import { Asked, button, clear, click, clickByScript, pass, press, screen, show, type Shown } from './person';

const CODE = "df = df.dropna()\ndf.to_csv('out.csv')\n";

function store(...more: object[]): TurnStore {
  const made = new TurnStore(() => 0);
  const events = parseEvents([
    { type: 'turn_started', prompt: 'q', provider: 'offline', model: 'm' },
    { type: 'step_started', step: 1 },
    proposal('one', CODE),
    ...more
  ]);
  made.apply(events ?? []);
  return made;
}

function proposal(call: string, code: string | null): object {
  const effects = { 'writes files': ['out.csv'], changes: ['df'] };
  return {
    type: 'call_proposed',
    call,
    name: 'run_python',
    arguments: { code },
    code,
    digest: plainSha256(code ?? ''),
    purpose: 'clean up',
    gated: true,
    effects
  };
}

async function asked(host = new Asked(), ...more: object[]): Promise<Shown> {
  const made = store(...more);
  made.open = { call: 'one', nonce: 'n-1', undo: 'Undo can put df back; not files.' };
  const shown = show(<TurnView />, made, host);
  await pass(650);
  return shown;
}

function told(shown: Shown, ...events: object[]): Promise<void> {
  act(() => shown.store.apply(parseEvents(events) ?? []));
  return pass(150);
}

beforeEach(() => (screen.shows = true));
afterEach(clear);

describe('a decision', () => {
  it('APP-12 is bound to the text on screen, and sent once', async () => {
    const { element, host } = await asked();
    await click(element, 'Run');
    await click(element, 'Run');
    await click(element, 'Run the rest');
    expect(host.decisions).toHaveLength(1);
    expect(host.decisions[0]).toMatchObject({ call: 'one', nonce: 'n-1', verdict: 'run', digest: plainSha256(CODE) });
    expect(host.decisions[0]).not.toHaveProperty('code');
    expect(host.decisions[0]?.seconds).toBeGreaterThan(0.5);
  });

  it.each([
    ['Run the rest', 'rest'],
    ['Allow this code again', 'again']
  ])('may go further: %s', async (name, verdict) => {
    const { element, host } = await asked();
    await click(element, name);
    expect(host.decisions).toMatchObject([{ verdict, digest: plainSha256(CODE) }]);
  });

  it('APP-07 is no script’s', async () => {
    const { element, host } = await asked();
    for (const name of ['Run', 'Edit', 'Refuse', 'Run the rest', 'Allow this code again', 'Stop']) {
      await clickByScript(element, name);
    }
    expect([host.decisions, host.others]).toEqual([[], []]);
    expect(element.querySelector('.kimi-editing')).toBeNull();
  });

  it('APP-08 can’t be made in the first moment, nor by a key that is held', async () => {
    const made = store();
    made.open = { call: 'one', nonce: 'n-1', undo: '' };
    const { element, host } = show(<TurnView />, made);
    await click(element, 'Run');
    expect(host.decisions).toEqual([]);
    expect(button(element, 'Run')?.disabled).toBe(true);
    const refuse = button(element, 'Refuse');
    expect(refuse && (await press(refuse, 'Enter', { repeat: true }))).toBe(true);
  });

  it('can’t be made while the card is not on screen', async () => {
    screen.shows = false;
    const { element } = await asked();
    expect(button(element, 'Run')?.disabled).toBe(true);
    expect(element.textContent).toContain('Scroll to the end of the code first.');
  });

  it('can be made again where it was refused by the kernel', async () => {
    const shown = await asked();
    await click(shown.element, 'Run');
    act(() => shown.store.refuse('That was not the code on screen.'));
    await pass(150);
    expect(shown.element.textContent).toContain('That was not the code on screen.');
    await click(shown.element, 'Run');
    expect(shown.host.decisions).toHaveLength(2);
  });

  it('to refuse gives the reason; Enter sends it', async () => {
    const { element, host } = await asked();
    await click(element, 'Refuse');
    const line = element.querySelector<HTMLInputElement>('.kimi-decision input');
    expect(document.activeElement).toBe(line);
    if (line) {
      await press(line, 'Enter', { isComposing: true });
      expect(host.decisions).toEqual([]);
      expect(await press(line, 'x', { repeat: true })).toBe(false);
      await press(line, 'Enter');
    }
    expect(host.decisions).toMatchObject([{ verdict: 'deny', digest: plainSha256(CODE) }]);
  });

  it('made elsewhere closes the card', async () => {
    const shown = await asked();
    await told(shown, { type: 'decided', call: 'one', verdict: 'deny', by: 'user', reason: 'not now' });
    expect(button(shown.element, 'Run')).toBeUndefined();
    await told(shown, { type: 'call_finished', call: 'one', status: 'denied', text: '', seconds: 0 });
    expect(shown.element.textContent).toContain('refused: not now');
  });
});

describe('the card', () => {
  it('APP-08 takes the focus to Refuse, unless somebody types elsewhere', async () => {
    const { element } = await asked();
    expect(document.activeElement).toBe(button(element, 'Refuse'));
    clear();
    const elsewhere = document.createElement('textarea');
    document.body.append(elsewhere);
    elsewhere.focus();
    await asked();
    expect(document.activeElement).toBe(elsewhere);
    elsewhere.remove();
  });

  it('is read-only until it is edited, and Escape leaves what was not changed', async () => {
    const { element } = await asked();
    const editor = element.querySelector<HTMLElement>('[aria-label="Code of step 1"]');
    expect(editor?.getAttribute('role')).toBe('textbox');
    expect(editor?.getAttribute('aria-readonly')).toBe('true');
    await click(element, 'Edit');
    expect(editor?.getAttribute('aria-readonly')).toBeNull();
    if (editor) {
      await press(editor, 'Escape');
    }
    expect(element.querySelector('[aria-readonly=true]')).not.toBeNull();
    expect(document.activeElement).toBe(button(element, 'Refuse'));
  });

  it('says what the code seems to do and what Undo could not put back', async () => {
    const { element } = await asked();
    expect([...element.querySelectorAll('.kimi-chip')].map(chip => chip.textContent)).toEqual([
      'writes files out.csv',
      'changes df'
    ]);
    expect(element.textContent).toContain('Undo can put df back; not files.');
    expect(element.querySelector('.kimi-card-head')?.textContent).not.toContain('clean up');
  });

  it('waits for its turn behind another', async () => {
    const { element } = await asked(new Asked(), proposal('two', '2'));
    expect(element.textContent).toContain('waits for its turn');
    expect(element.querySelectorAll('.kimi-decision')).toHaveLength(1);
  });

  it('APP-01 INP-03 shows what can’t be seen, and points out blank lines that code follows', async () => {
    const made = new TurnStore(() => 0);
    const code = `x = 1 # \u202e\n${'\n'.repeat(40)}import os\n`;
    made.apply(parseEvents([{ type: 'step_started', step: 1 }, proposal('one', code)]) ?? []);
    const { element } = show(<TurnView />, made);
    await pass(50);
    expect(element.querySelector('.kimi-unseen')?.textContent).toBe('\\u202e');
    expect(element.querySelector('.kimi-blank-run')?.textContent).toContain('40 blank lines');
  });

  it('offers nothing but copies and cells in a record', async () => {
    const made = store();
    made.live = false;
    const { element } = show(<TurnView />, made);
    await pass(150);
    for (const name of ['Run', 'Edit', 'Refuse', 'Stop', 'Undo']) {
      expect(button(element, name)).toBeUndefined();
    }
    expect(element.querySelector('input')).toBeNull();
  });

  it('offers Undo in a record whose kernel could', async () => {
    const made = store({ type: 'turn_ended', reason: 'complete', message: '' });
    made.live = false;
    const { element, host } = show(<TurnView />, made);
    act(() => void (made.undo = 'Undo the last run: df'));
    await pass(150);
    expect(button(element, 'Undo')?.title).toBe('Undo the last run: df');
    await clickByScript(element, 'Undo');
    expect(host.others).toEqual([]);
    await click(element, 'Undo');
    expect(host.others).toEqual([['undo']]);
  });

  it.each([
    [{ name: 'inspect', arguments: { name: 'sales', by: 'region' } }, 'inspect sales by region'],
    [{ name: 'inspect', arguments: { name: ' sales.price\n', by: ['a', 7, 'b'] } }, 'inspect sales.price by a, b'],
    [{ name: 'inspect', arguments: { name: 7 } }, 'inspect'],
    [{ name: 'go on', arguments: {} }, 'The budget is used up: go on?'],
    [{ name: '', arguments: {} }, 'a call without a name'],
    [{ name: 'x'.repeat(90), arguments: {} }, `${'x'.repeat(60)}…`]
  ])('is called by what is done: %j', (call, title) => {
    const made = store({ ...proposal('two', null), ...call });
    const { element } = show(<TurnView />, made);
    expect(element.querySelectorAll('.kimi-tool')[1]?.textContent).toBe(title);
  });

  it('folds what is far back of a long turn, and opens it', async () => {
    const steps = Array.from({ length: 300 }, (_, place) => [
      { type: 'step_started', step: place + 2 },
      proposal(`call ${place}`, `print(${place})`),
      { type: 'call_finished', call: `call ${place}`, status: 'ok', text: '', seconds: 0 }
    ]);
    const made = store({ type: 'call_finished', call: 'one', status: 'ok', text: '', seconds: 0 }, ...steps.flat());
    const { element } = show(<TurnView />, made);
    const shown = (): number => element.querySelectorAll('.kimi-step').length;
    expect([shown(), element.querySelectorAll('.kimi-card').length]).toEqual([36, 12]);
    await click(element, '265 earlier steps');
    expect([shown(), element.querySelectorAll('.kimi-card').length]).toEqual([301, 12]);
    expect(element.querySelector('[aria-label="Step 1"]')).not.toBeNull();
  });

  it('speaks Chinese', async () => {
    const { element } = await asked(new Asked('zh-CN'));
    expect(button(element, '运行')?.disabled).toBe(false);
    expect(element.querySelector('[aria-label="第 1 步"]')).not.toBeNull();
  });
});

describe('the store', () => {
  it('tells of many events once', async () => {
    const made = new TurnStore(() => 0);
    let heard = 0;
    made.subscribe(() => heard++);
    for (let times = 0; times < 1000; times++) {
      made.apply([{ type: 'reasoning_delta', text: 'word ' }]);
    }
    await pass(150);
    expect(heard).toBe(1);
    expect(made.turn.step.reasoning.length).toBe(5000);
  });
});
