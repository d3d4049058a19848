/** What is written to Kimi, what is offered meanwhile, what becomes of it, and how a question and its answer stand. */

import { Beside, FakeContents, settled } from './chats';

import { act, type ReactNode } from 'react';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';

import { submit } from '../src/sidebar/asking';
import { SidebarContext } from '../src/sidebar/context';
import { Draft } from '../src/sidebar/draft';
import { freeName, plainName, saveBeside } from '../src/sidebar/exporting';
import { replaced, type Suggestion, suggestionsFor, type Word, wordAt } from '../src/sidebar/suggesting';
import { TurnItem } from '../src/sidebar/TurnItem';
import type { Attachment } from '../src/tokens';
import { button, clear, click, clickByScript, pass, press, screen, show, type Shown } from './person';

const bytes = (text: string): number => new TextEncoder().encode(text).length;
const file = (name: string, text: string): Attachment => ({ kind: 'file', name, text });

beforeEach(() => window.localStorage.clear());

describe('a draft', () => {
  it('survives a reload with what goes along, and moves with its notebook', () => {
    const draft = new Draft('a.ipynb');
    draft.type('Why is größe 🐼 missing?\nAnd since when?');
    draft.attach(file('x.csv', 'a,b'), { kind: 'cell', name: 'In [3]', text: '1/0' });
    draft.detach('x.csv');
    const [kept, other] = [new Draft('a.ipynb'), new Draft('b.ipynb')];
    expect([kept.text, kept.attachments]).toEqual([draft.text, [{ kind: 'cell', name: 'In [3]', text: '1/0' }]]);
    expect([other.text, other.attachments, other.empty]).toEqual(['', [], true]);
    draft.move('c.ipynb');
    expect([new Draft('a.ipynb').text, new Draft('c.ipynb').text]).toEqual(['', draft.text]);
    draft.clear();
    expect([new Draft('c.ipynb').text, window.localStorage.length]).toEqual(['', 0]);
  });

  it('takes the same name once, and at most 64 KB of it, cut between characters and said', () => {
    const draft = new Draft('a.ipynb');
    const fits = 'é'.repeat(32 * 1024);
    draft.attach(file('x.csv', 'old'), file('y.csv', fits));
    draft.attach(file('x.csv', '🐼'.repeat(30_000)));
    expect(draft.attachments.map(({ name }) => name)).toEqual(['y.csv', 'x.csv']);
    expect(draft.attachments[0]?.text).toBe(fits);
    const cut = draft.attachments[1]?.text ?? '';
    expect(bytes(cut)).toBeLessThanOrEqual(64 * 1024);
    expect(bytes(cut)).toBeGreaterThan(64 * 1024 - 30);
    expect(cut).toMatch(/^(?:🐼)+\n… \(cut\)$/u);
  });

  it('that is too large for the browser keeps its text, and lives on in the page', () => {
    const draft = new Draft('a.ipynb');
    draft.type('short');
    draft.attach(...['a', 'b', 'c', 'd', 'e'].map(name => file(name, name.repeat(60_000))));
    expect([new Draft('a.ipynb').text, new Draft('a.ipynb').attachments]).toEqual(['short', []]);
    expect(draft.attachments).toHaveLength(5);
  });

  it.each(['', 'no JSON', '[]', '7', '{"text":7,"attachments":{}}', '{"text":null,"attachments":[{"kind":"script","name":"x"},3]}'])(
    'of which the browser kept nonsense is empty: %s',
    kept => {
      window.localStorage.setItem('kimi-jupyter:draft:a.ipynb', kept);
      const draft = new Draft('a.ipynb');
      expect([draft.text, draft.attachments]).toEqual(['', []]);
    }
  );

  it('needs no storage, nor one with room', () => {
    const full = { getItem: () => null, removeItem: () => undefined, setItem: () => { throw new DOMException('full', 'QuotaExceededError'); } };
    for (const storage of [null, full as unknown as Storage]) {
      const draft = new Draft('a.ipynb', storage);
      draft.type('Why?');
      expect(draft.text).toBe('Why?');
    }
  });

  it('tells of what was put in by others than the keyboard', () => {
    const draft = new Draft('a.ipynb');
    draft.type('typed');
    expect(draft.replaced).toBe(0);
    draft.replace('put in');
    expect([draft.replaced, draft.text]).toEqual([1, 'put in']);
  });
});

describe('the word that asks for suggestions', () => {
  it.each<[string, Word | null]>([
    ['/', { mark: '/', text: '', start: 0, end: 1 }],
    ['  /fi', { mark: '/', text: 'fi', start: 2, end: 5 }],
    ['what is @', { mark: '@', text: '', start: 8, end: 9 }],
    ['@sales.pri', { mark: '@', text: 'sales.pri', start: 0, end: 10 }],
    ['(@größe', { mark: '@', text: 'größe', start: 1, end: 7 }],
    ['/fix @x', { mark: '@', text: 'x', start: 5, end: 7 }],
    ['see a/b', null],
    ['/fix it', null],
    ['me@example', null],
    ['a @b c', null],
    ['', null]
  ])('%j', (text, word) => expect(wordAt(text, text.length)).toEqual(word));

  it('is the one before the cursor, and only that is taken out', () => {
    const text = 'plot @pen by species';
    const word = wordAt(text, 9) as Word;
    expect(word).toEqual({ mark: '@', text: 'pen', start: 5, end: 9 });
    expect(replaced(text, word, '@penguins')).toEqual(['plot @penguins by species', 15]);
    expect(replaced('plot @pen', word, '@penguins')).toEqual(['plot @penguins ', 15]);
  });
});

describe('suggestions', () => {
  const labels = (found: readonly Suggestion[]): string[] =>
    found.map(item => (item.is === 'slash' ? `/${item.slash.name}` : `${item.mention.kind} ${item.mention.label}`));
  const word = (mark: '/' | '@', text: string): Word => ({ mark, text, start: 0, end: text.length + 1 });
  const FILES = {
    'work/sales.csv': 'a,b\n1,2',
    'work/data/old sales.csv': 'a',
    'work/kimi-prompts/house style.md': 'Write it in our style.\n',
    'work/kimi-prompts/fix.md': 'Mine.',
    'work/kimi-prompts/notes.txt': 'no prompt',
    'elsewhere.csv': ''
  };

  it('after / are the commands, then the user’s own prompts from the folder beside the notebook', async () => {
    const { services, chat } = new Beside(FILES);
    expect(labels(await suggestionsFor(services, chat, word('/', '')))).toEqual(
      ['/fix', '/explain', '/plot', '/clean', '/summary', '/new', '/doctor', '/house-style']
    );
    expect(labels(await suggestionsFor(services, chat, word('/', 'S')))).toEqual(['/summary', '/house-style']);
    const [own] = await suggestionsFor(services, chat, word('/', 'house'));
    expect(own?.is === 'slash' && (await own.slash.prompt?.())).toBe('Write it in our style.');
    expect(own).toMatchObject({ slash: { kind: 'prompt', detail: 'work/kimi-prompts/house style.md' } });
    const chinese = new Beside({}, 'zh-CN');
    const [first] = await suggestionsFor(chinese.services, chinese.chat, word('/', 'fix'));
    expect(first).toMatchObject({ slash: { detail: '查找并修复当前单元格的错误' } });
  });

  it('after @ are the kernel’s variables with type and shape, then cells, headings and files', async () => {
    const { services, chat, kernel, model } = new Beside(FILES);
    model.sharedModel.insertCells(0, [
      { cell_type: 'markdown', source: '# Sales of the year', id: 'head' },
      { cell_type: 'code', source: 'sales = load()', id: 'load', execution_count: 7, outputs: [] }
    ]);
    await settled();
    const finding = suggestionsFor(services, chat, word('@', 'sal'));
    await settled();
    const [asked] = kernel.comm.of('complete');
    expect(asked).toMatchObject({ text: 'sal' });
    kernel.comm.tell({
      v: 1,
      kind: 'completions',
      re: asked?.id,
      items: [
        { name: 'sales', type: 'DataFrame', shape: '120 × 4', insert: 'sales' },
        { name: 'salary', type: 'float', shape: '', insert: '@salary' }
      ]
    });
    const found = await finding;
    expect(labels(found)).toEqual([
      'variable sales',
      'variable salary',
      'heading Sales of the year',
      'file sales.csv',
      'file data/old sales.csv',
      'cell cell 1',
      'cell In [7]'
    ]);
    const mentions = found.map(item => (item.is === 'mention' ? item.mention : null));
    expect(mentions.slice(0, 2).map(item => [item?.detail, item?.insert, item?.attach])).toEqual([
      ['DataFrame 120 × 4', '@sales', null],
      ['float', '@salary', null]
    ]);
    expect(await mentions[3]?.attach?.()).toEqual({ kind: 'file', name: 'sales.csv', text: 'a,b\n1,2' });
    expect(await mentions[6]?.attach?.()).toMatchObject({ kind: 'cell', name: 'In [7]', text: 'sales = load()' });
    chat.dispose();
    // Without a kernel there is still what the page knows.
    expect(labels(await suggestionsFor(services, chat, word('@', 'year')))).toEqual(['heading Sales of the year', 'cell cell 1']);
  });
});

describe('what is sent', () => {
  /** Send a line; returns what the kernel was asked. */
  async function sent(beside: Beside, line: string, ...attachments: Attachment[]): Promise<unknown[]> {
    await settled();
    beside.chat.draft.type(line);
    beside.chat.draft.attach(...attachments);
    await submit(beside.services, beside.chat);
    return beside.kernel.comm.sent.filter(({ kind }) => kind === 'ask').map(({ prompt, attachments }) => [prompt, attachments]);
  }

  it('is the line, with what goes along; a command stands for its question', async () => {
    const beside = new Beside({ 'work/kimi-prompts/tidy.md': 'Tidy up:' });
    beside.model.sharedModel.insertCells(0, [{ cell_type: 'code', source: '1/0', id: 'a', execution_count: 2, outputs: [] }]);
    const csv = file('x.csv', 'a');
    expect(await sent(beside, '  Why?\n', csv)).toEqual([['Why?', [csv]]]);
    const cell = { kind: 'cell', name: 'In [2]', text: '1/0' };
    for (const [line, prompt, along] of [
      ['/tidy @x', 'Tidy up:\n\n@x', []],
      ['/fix', 'Fix the error in the active cell: find its cause in the code and the data, then change the cell.', [cell]],
      ['/unknown thing', '/unknown thing', []],
      ['5 / 3 is?', '5 / 3 is?', []]
    ] as const) {
      const next = new Beside({ 'work/kimi-prompts/tidy.md': 'Tidy up:' });
      next.model.sharedModel.insertCells(0, [{ cell_type: 'code', source: '1/0', id: 'a', execution_count: 2, outputs: [] }]);
      expect(await sent(next, line)).toEqual([[prompt, along]]);
      expect(next.chat.draft.text).toBe('');
    }
  });

  it('may be no question: a new conversation, a cell that looks for what is wrong', async () => {
    const beside = new Beside();
    expect(await sent(beside, '/new')).toEqual([]);
    expect(beside.kernel.comm.of('new')).toHaveLength(1);
    expect(await sent(beside, '/doctor')).toEqual([]);
    expect(beside.acts.asked).toEqual([['insert', '%kimi doctor']]);
    expect(beside.chat.said).toContain('%kimi doctor');
  });

  it('comes back into the box where it is refused, unless something else was written meanwhile', async () => {
    const beside = new Beside();
    const csv = file('x.csv', 'a');
    await sent(beside, 'Why?', csv);
    await settled();
    const [asked] = beside.kernel.comm.of('ask');
    expect([beside.chat.sending, beside.chat.draft.text]).toEqual([true, '']);
    const refused = { v: 1, kind: 'refused', id: asked?.id, of: 'ask', text: 'There is no key.' };
    beside.kernel.comm.tell(refused);
    expect([beside.chat.draft.text, beside.chat.draft.attachments]).toEqual(['Why?', [csv]]);
    expect([beside.chat.sending, beside.chat.said]).toEqual([false, 'There is no key.']);
    await submit(beside.services, beside.chat);
    beside.chat.draft.type('Something else');
    beside.kernel.comm.tell(refused);
    expect(beside.chat.draft.text).toBe('Something else');
  });

  it('waits for the kernel, and stays in the box until then', async () => {
    const beside = new Beside();
    beside.chat.draft.type('Why?');
    const waiting = submit(beside.services, beside.chat);
    expect([beside.chat.waiting, beside.chat.draft.text]).toEqual([true, 'Why?']);
    await waiting;
    expect(beside.kernel.comm.of('ask')).toMatchObject([{ prompt: 'Why?' }]);
    expect([beside.chat.waiting, beside.chat.draft.text]).toEqual([false, '']);
  });

  it('is one question at a time', async () => {
    const beside = new Beside();
    await settled();
    beside.begin('t1', 'One', 'sidebar');
    expect(await sent(beside, 'Two')).toEqual([]);
    expect(beside.chat.draft.text).toBe('Two');
    expect(beside.chat.said).toContain('One question at a time');
  });
});

describe('an exported conversation', () => {
  it('is saved beside its notebook under a name that is free', async () => {
    const contents = new FakeContents({ 'work/sales.ipynb': '', 'work/talk.md': '', 'work/talk-2.md': '' });
    expect(await saveBeside(contents.manager, 'work/sales.ipynb', { name: 'talk.md', text: '# Talk' })).toBe('work/talk-3.md');
    expect(await saveBeside(contents.manager, 'sales.ipynb', { name: 'talk.ipynb', text: '{"cells": []}' })).toBe('talk.ipynb');
    expect(contents.saved).toEqual([
      ['work/talk-3.md', { type: 'file', format: 'text', content: '# Talk' }],
      ['talk.ipynb', { type: 'notebook', format: 'json', content: { cells: [] } }]
    ]);
  });

  it.each([
    ['../../.bashrc', '-..-.bashrc'],
    ['a/b\\c:d*e?.md', 'a-b-c-d-e-.md'],
    ['größe 名前 (2).md', 'größe 名前 (2).md'],
    ['.md', 'md'],
    ['\u202egpj.exe\u0000.md', '-gpj.exe-.md'],
    ['', 'conversation.md'],
    [`${'x'.repeat(300)}.md`, `${'x'.repeat(117)}.md`]
  ])('leads nowhere else by its name: %j', (name, plain) => expect(plainName(name)).toBe(plain));

  it('numbers a name with its ending, and one without', () => {
    expect(freeName('a.b.md', new Set(['a.b.md', 'a.b-2.md']))).toBe('a.b-3.md');
    expect(freeName('talk', new Set(['talk']))).toBe('talk-2');
  });
});

describe('a question and its answer', () => {
  const near = (_: HTMLElement, tell: (near: boolean) => void): (() => void) => {
    tell(true);
    return () => undefined;
  };

  /** Draw the newest turn of a chat. */
  function drawn(beside: Beside, seen = near, last = true): Shown {
    const turn = beside.chat.turns.last;
    const item: ReactNode = turn && <TurnItem chat={beside.chat} turn={turn} number={1} last={last} seen={seen} />;
    return show(<SidebarContext.Provider value={beside.services}>{item}</SidebarContext.Provider>);
  }

  async function asked(place: 'cell' | 'sidebar' = 'sidebar', ...events: object[]): Promise<Beside> {
    const beside = new Beside();
    await settled();
    beside.begin('t1', 'Why\u202e?', place, ...events);
    return beside;
  }

  async function told(beside: Beside, ...events: object[]): Promise<void> {
    act(() => beside.tell('t1', ...events));
    await pass(150);
  }

  const answered = [{ type: 'text_delta', text: 'Because.' }, { type: 'turn_ended', reason: 'complete', message: '' }];

  beforeEach(() => (screen.shows = true));
  afterEach(clear);

  it('has no tools while it runs, and then those that fit', async () => {
    const beside = await asked();
    const { element } = drawn(beside);
    expect(element.querySelector('article')?.getAttribute('aria-label')).toBe('Question 1');
    expect(element.textContent).toContain('You asked');
    expect(element.querySelector('.kimi-asked-text')?.textContent).toBe('Why\\u202e?');
    expect(element.querySelector('time')?.dateTime).toBe('2025-11-24T16:00:00.000Z');
    expect(element.querySelector('.kimi-message-tools')).toBeNull();
    await told(beside, ...answered);
    expect(element.textContent).toContain('Because.');
    for (const name of ['Copy question', 'Copy answer', 'Edit and ask again']) {
      expect(button(element, name), name).toBeDefined();
    }
    expect(button(element, 'Revert this turn')).toBeUndefined();
  });

  it('that was asked in a cell says so, and is changed there', async () => {
    const beside = await asked('cell', ...answered);
    const { element } = drawn(beside);
    await pass(50);
    expect(element.textContent).toContain('You asked in a cell');
    expect([button(element, 'Edit and ask again'), button(element, 'Copy answer') !== undefined]).toEqual([undefined, true]);
  });

  it('without an answer, or not the last, offers less', async () => {
    const beside = await asked('sidebar', { type: 'turn_ended', reason: 'interrupted', message: '' });
    const { element } = drawn(beside, near, false);
    await pass(50);
    expect(button(element, 'Copy question')).toBeDefined();
    expect([button(element, 'Copy answer'), button(element, 'Edit and ask again')]).toEqual([undefined, undefined]);
  });

  it('that is changed is asked anew in the place of the old one; Escape leaves it', async () => {
    const beside = await asked('sidebar', ...answered);
    const { element } = drawn(beside);
    await pass(50);
    const box = (): HTMLTextAreaElement => element.querySelector('textarea[aria-label="Edit and ask again"]') as HTMLTextAreaElement;
    await click(element, 'Edit and ask again');
    expect([box().value, document.activeElement === box()]).toEqual(['Why\u202e?', true]);
    await press(box(), 'Escape');
    expect(box()).toBeNull();
    await click(element, 'Edit and ask again');
    box().value = 'Why not?';
    await press(box(), 'Enter', { shiftKey: true });
    await press(box(), 'Enter', { isComposing: true });
    await clickByScript(element, 'Ask again');
    expect(beside.kernel.comm.of('resend')).toEqual([]);
    await press(box(), 'Enter');
    expect(beside.kernel.comm.of('resend')).toMatchObject([{ turn: 't1', prompt: 'Why not?', place: 'cell' }]);
  });

  it('APP-07 is taken back by a person only, and says what it did', async () => {
    const beside = await asked('sidebar', ...answered);
    const { element } = drawn(beside);
    act(() => {
      beside.acts.back = { t1: 'Takes back: 1 cell added.' };
      beside.acts.changed.emit('another turn');
    });
    expect(button(element, 'Revert this turn')).toBeUndefined();
    act(() => beside.acts.changed.emit('t1'));
    expect(button(element, 'Revert this turn')?.title).toBe('Takes back: 1 cell added.');
    await clickByScript(element, 'Revert this turn');
    expect(beside.acts.asked).toEqual([]);
    await click(element, 'Revert this turn');
    await pass(150);
    expect(beside.acts.asked).toEqual([['revert', 't1']]);
    expect(element.textContent).toContain('Took back: 1 cell added.');
    expect(button(element, 'Revert this turn')).toBeUndefined();
  });

  it('is drawn only while it is near what is seen; its question stays', async () => {
    const beside = await asked('sidebar', ...answered);
    let tell: (near: boolean) => void = () => undefined;
    const { element } = drawn(beside, (_, told) => {
      tell = told;
      return () => undefined;
    }, false);
    expect([element.querySelector('.kimi-turn'), element.textContent.includes('Why')]).toEqual([null, true]);
    act(() => tell(true));
    await pass(50);
    expect(element.textContent).toContain('Because.');
    act(() => tell(false));
    expect([element.querySelector('.kimi-turn'), element.textContent.includes('Why')]).toEqual([null, true]);
  });

  it.each(['interrupted', 'limit', 'incomplete', 'failed'])('that ended as %s goes on when a person says so, if it is the last', async ended => {
    const beside = await asked('cell', { type: 'turn_ended', reason: ended, message: '' });
    expect(button(drawn(beside, near, false).element, 'Go on')).toBeUndefined();
    const { element } = drawn(beside);
    await pass(50);
    await clickByScript(element, 'Go on');
    expect(beside.kernel.comm.of('resume')).toEqual([]);
    await click(element, 'Go on');
    await click(element, 'Go on'); // it is on its way
    expect(beside.kernel.comm.of('resume')).toMatchObject([{ turn: 't1', cells: [], place: 'cell' }]);
    act(() => beside.begin('t2', 'Go on with it.', 'sidebar', ...answered));
    await pass(150);
    expect(button(drawn(beside).element, 'Go on')).toBeUndefined();
  });

  it('that is old is told in brief, and whole as soon as it is near what is seen', async () => {
    const beside = new Beside();
    await settled();
    const events = [
      { type: 'turn_started', prompt: '', provider: 'offline', model: 'm' },
      { type: 'text_delta', text: 'Because… (9 more characters)' },
      { type: 'turn_ended', reason: 'complete', message: '' }
    ];
    const turns = [{ turn: 't1', prompt: 'Why… (5 more)', place: 'sidebar', at: 0, events, times: {}, live: false, brief: true }];
    beside.kernel.comm.tell({ v: 1, kind: 'conversation', id: 'c', title: 'Old', turns });
    let tell: (near: boolean) => void = () => undefined;
    const { element } = drawn(beside, (_, told) => {
      tell = told;
      return () => undefined;
    }, false);
    expect(element.textContent).toContain('Why… (5 more)');
    expect(beside.kernel.comm.of('sync')).toEqual([]);
    act(() => tell(true));
    expect(beside.kernel.comm.of('sync')).toMatchObject([{ turn: 't1' }]);
    const whole = [{ ...events[0], prompt: 'Why is it so?' }, { type: 'step_started', step: 1 }, { ...events[1], text: 'Because it is.' }, events[2]];
    act(() => beside.kernel.comm.tell({ v: 1, kind: 'snapshot', turn: 't1', seq: 1, events: whole, open: null, undo: '', live: false }));
    await pass(150);
    expect(element.textContent).toContain('Why is it so?');
    expect(element.textContent).toContain('Because it is.');
    act(() => tell(false));
    act(() => tell(true));
    expect(beside.kernel.comm.of('sync')).toHaveLength(1);
  });
});
