/**
 * The sidebar’s link to a kernel, over a connection whose comms go dead, close and come back.
 *
 * @vitest-environment node
 */

import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';

import { KernelLink } from '../src/link/kernelLink';
import type { Message } from '../src/link/protocol';
import { FakeKernel } from './fakeKernel';

const DECISION = { turn: 't', call: 'c1', nonce: 'n', digest: 'ab', verdict: 'run', seconds: 1 } as const;
const QUESTION = { prompt: 'Why?', options: {}, cells: [], active: null, attachments: [], place: 'cell' } as const;
const RESULT = { request: 'r1', status: 'ok', text: '' } as const;
const HELLO = { notebook: 'a.ipynb', version: '0.1.0', language: 'en' };

let kernel: FakeKernel;
let link: KernelLink;
let states: string[];
let heard: Message[];

/** A link to a kernel, once it stands still. */
async function linked(made = new FakeKernel()): Promise<void> {
  kernel = made;
  link = new KernelLink(kernel.connection, 'page-1', () => HELLO);
  states = [];
  heard = [];
  link.changed.connect((_, state) => states.push(state.is));
  link.received.connect((_, message) => heard.push(message));
  await pass(0);
}

const pass = (milliseconds: number): Promise<unknown> => vi.advanceTimersByTimeAsync(milliseconds);

/** What became of something that was sent. */
function fate(sent: Promise<unknown>): { is: string } {
  const found = { is: 'waits' };
  sent.then(
    () => (found.is = 'heard'),
    (error: unknown) => (found.is = error instanceof Error ? error.message : String(error))
  );
  return found;
}

beforeEach(() => void vi.useFakeTimers());
afterEach(() => {
  link.dispose();
  vi.useRealTimers();
});

describe('connecting', () => {
  it('loads the package by one silent execution, opens a comm under the page’s name and says hello', async () => {
    await linked();
    expect(link.state).toEqual({ is: 'ready' });
    expect(kernel.executed).toHaveLength(1);
    expect(kernel.executed[0]).toMatchObject({ code: '', silent: true, store_history: false, allow_stdin: false, stop_on_error: false });
    expect(kernel.comm.opened).toEqual({ v: 1, client: 'page-1' });
    expect(kernel.comm.sent).toEqual([{ v: 1, id: 1, kind: 'hello', ...HELLO }]);
    expect([link.version, link.differs]).toEqual(['0.1.0', false]);
  });

  it.each([
    [{ status: 'ok', data: { 'text/plain': 'None' } }, { is: 'missing' }],
    [{ status: 'error', ename: 'SyntaxError', evalue: 'bad' }, { is: 'broken', text: 'SyntaxError: bad' }]
  ])('tells where the package can’t be used, opens nothing, and looks again when asked: %j', async (loads, state) => {
    const made = new FakeKernel();
    made.loads = loads;
    await linked(made);
    expect(link.state).toEqual(state);
    expect(kernel.comms).toHaveLength(0);
    kernel.loads = { status: 'ok', data: { 'text/plain': "'0.1.0'" } };
    link.retry();
    await pass(0);
    expect(link.state).toEqual({ is: 'ready' });
  });

  it('loads once more where a cell that failed threw the execution away', async () => {
    const made = new FakeKernel();
    made.loads = null;
    await linked(made);
    expect(kernel.executed).toHaveLength(2);
    expect(link.state.is).toBe('ready');
  });

  it('tells a package of another version, and one of another protocol', async () => {
    const made = new FakeKernel();
    made.version = '0.2.0';
    await linked(made);
    expect([link.state.is, link.differs, link.version]).toEqual(['ready', true, '0.2.0']);
    link.dispose();
    made.protocol = 2;
    await linked(made);
    expect(link.state).toEqual({ is: 'version', version: '0.2.0' });
    link.dispose();
    made.manner = 'silent';
    await linked(made);
    made.comm.tell({ v: 2, kind: 'refused', id: null, of: 'hello', text: 'Not so.' });
    await pass(60_000);
    expect([link.state, kernel.comms.length]).toEqual([{ is: 'version', version: '0.1.0' }, 3]);
    made.protocol = 1;
    made.manner = 'hears';
    link.retry();
    await pass(0);
    expect(link.state.is).toBe('ready');
  });

  it('does not wait for a busy kernel whose package is loaded', async () => {
    const made = new FakeKernel();
    made.status = 'busy';
    made.free = new Promise(() => undefined);
    await linked(made);
    expect(link.state.is).toBe('ready');
    expect(kernel.executed).toHaveLength(0);
  });

  it.each([true, false])('waits for a busy kernel that knows no Kimi yet; subshells: %s', async subshells => {
    const made = new FakeKernel();
    let release: (value?: unknown) => void = () => undefined;
    made.free = new Promise(resolve => (release = resolve));
    made.status = 'busy';
    made.manner = 'unknown';
    made.supportsSubshells = subshells;
    await linked(made);
    expect(link.state).toEqual({ is: 'loading', busy: true });
    await pass(600_000);
    expect([kernel.executed.length, kernel.comms.length]).toEqual([1, subshells ? 1 : 0]);
    kernel.manner = 'hears';
    kernel.become('idle');
    expect(link.state).toEqual({ is: 'loading', busy: false });
    release();
    await pass(0);
    expect(link.state.is).toBe('ready');
  });
});

describe('a message', () => {
  it('has a number that grows, and is done once it is acknowledged', async () => {
    await linked();
    const fates = [fate(link.send('ask', QUESTION)), fate(link.send('stop', { turn: 't' })), fate(link.send('look', {}))];
    expect(fates.map(({ is }) => is)).toEqual(['waits', 'waits', 'waits']);
    await pass(0);
    expect(fates.map(({ is }) => is)).toEqual(['heard', 'heard', 'heard']);
    expect(kernel.comm.sent.map(({ v, id, kind }) => [v, id, kind])).toEqual([
      [1, 1, 'hello'],
      [1, 2, 'ask'],
      [1, 3, 'stop'],
      [1, 4, 'look']
    ]);
  });

  it('that is refused says why to who sent it, and to all where nobody waits for it any more', async () => {
    await linked();
    kernel.manner = 'silent';
    const decided = fate(link.send('decide', DECISION));
    kernel.comm.tell({ v: 1, kind: 'refused', id: 2, of: 'decide', turn: 't', text: 'Too late.' });
    await pass(0);
    expect([decided.is, heard]).toEqual(['Too late.', []]);
    kernel.comm.tell({ v: 1, kind: 'refused', id: 2, of: 'ask', text: 'There is no key.' });
    expect(heard).toEqual([{ kind: 'refused', id: 2, of: 'ask', turn: '', text: 'There is no key.' }]);
  });

  it('that asks for something waits for the answer, not for the acknowledgement', async () => {
    await linked();
    const asked = link.ask('complete', { text: 'df' });
    const found = fate(asked);
    await pass(60_000);
    expect(found.is).toBe('waits');
    kernel.comm.tell({ v: 1, kind: 'completions', re: 3, items: [] });
    await pass(0);
    expect(found.is).toBe('waits');
    kernel.comm.tell({ v: 1, kind: 'completions', re: 2, items: [{ name: 'df', type: 'DataFrame', shape: '3 × 2' }, { nothing: 1 }, 7] });
    expect((await asked).items).toEqual([
      { name: 'df', type: 'DataFrame', shape: '3 × 2', insert: 'df' },
      { name: '', type: '', shape: '', insert: '' }
    ]);
  });

  it('that can’t be sent says so at once', async () => {
    const made = new FakeKernel();
    made.loads = { status: 'ok', data: { 'text/plain': 'None' } };
    await linked(made);
    await expect(link.send('look', {})).rejects.toThrow('The kernel is not connected.');
  });

  it.each([[null], ['ack'], [{ kind: 'state' }], [{ v: 2, kind: 'state' }], [{ v: 1 }], [{ v: 1, kind: 'from the future' }], [{ v: 1, kind: 'request', request: 'r', turn: 't', action: 'format_disk' }]])(
    'that no kernel of this version sends is not heard: %j',
    async data => {
      await linked();
      kernel.comm.tell(data);
      expect([heard, link.state.is]).toEqual([[], 'ready']);
    }
  );
});

describe('UI-20: a comm that goes dead', () => {
  it('is taken for another one, and what does no harm twice is said again under a new number', async () => {
    await linked();
    kernel.manner = 'silent';
    const fates = {
      decide: fate(link.send('decide', DECISION)),
      result: fate(link.send('result', RESULT)),
      ask: fate(link.send('ask', QUESTION)),
      note: fate(link.send('note', { turn: 't', text: 'look' }))
    };
    const models = link.ask('models', {});
    await pass(3_900);
    expect(kernel.comms).toHaveLength(1);
    kernel.manner = 'hears';
    await pass(200);
    expect(kernel.comms).toHaveLength(2);
    expect(kernel.comms[0]?.closed).toBe(true);
    expect([...states.slice(0, 1), states.at(-1)]).toEqual(['loading', 'ready']);
    expect(kernel.comm.sent.map(({ id, kind }) => [id, kind])).toEqual([
      [7, 'hello'],
      [8, 'decide'],
      [9, 'result'],
      [10, 'models']
    ]);
    expect(kernel.comm.of('decide')).toEqual([{ v: 1, id: 8, kind: 'decide', ...DECISION }]);
    const again = 'The kernel did not hear it. Please send it again.';
    expect(fates).toEqual({ decide: { is: 'heard' }, result: { is: 'heard' }, ask: { is: again }, note: { is: again } });
    kernel.comm.tell({ v: 1, kind: 'models', re: 10, names: ['kimi'] });
    expect((await models).names).toEqual(['kimi']);
  });

  it('is taken for one other, however much was said by it', async () => {
    await linked();
    kernel.manner = 'silent';
    const asked = Array.from({ length: 12 }, () => fate(link.ask('complete', { text: 'd' })));
    await pass(4_100);
    expect([kernel.comms.length, link.state.is]).toEqual([2, 'loading']);
    kernel.manner = 'hears';
    await pass(4_100);
    expect([kernel.comms.length, link.state.is]).toEqual([3, 'ready']);
    expect(kernel.comm.of('complete')).toHaveLength(12);
    expect(new Set(asked.map(({ is }) => is))).toEqual(new Set(['waits']));
  });

  it('whose successors are dead too is given up, and begun anew when asked', async () => {
    await linked();
    kernel.manner = 'silent';
    const decided = fate(link.send('decide', DECISION));
    await pass(60_000);
    expect(link.state).toEqual({ is: 'silent' });
    expect(decided.is).toBe('The kernel does not answer.');
    expect(kernel.comms).toHaveLength(5);
    const stopped = fate(link.send('stop', { turn: 't' }));
    await pass(5_000);
    expect(stopped.is).toBe('The kernel does not answer.');
    kernel.manner = 'hears';
    link.retry();
    await pass(0);
    expect(link.state.is).toBe('ready');
    await link.send('look', {});
  });

  it('that the kernel closes is opened anew at once', async () => {
    await linked();
    const [first] = kernel.comms;
    first?.onClose();
    expect(link.state).toEqual({ is: 'reconnecting' });
    await pass(0);
    expect([link.state.is, kernel.comms.length]).toEqual(['ready', 2]);
    first?.tell({ v: 1, kind: 'said', turn: 't', text: 'of a comm that is gone' });
    first?.onClose();
    expect([heard, link.state.is]).toEqual([[], 'ready']);
  });

  it('is not thought dead while a kernel without subshells is busy', async () => {
    const made = new FakeKernel();
    made.supportsSubshells = false;
    await linked(made);
    kernel.manner = 'silent';
    kernel.become('busy');
    const asked = fate(link.send('ask', QUESTION));
    await pass(600_000);
    expect([kernel.comms.length, asked.is, link.state.is]).toEqual([1, 'waits', 'ready']);
    kernel.comm.tell({ v: 1, kind: 'ack', id: 2 });
    await pass(0);
    expect(asked.is).toBe('heard');
  });

  it('twenty times over loses no decision and no number is used twice', async () => {
    await linked();
    for (let round = 1; round <= 20; round++) {
      kernel.manner = 'silent';
      const decided = fate(link.send('decide', { ...DECISION, call: `c${round}` }));
      if (round % 2) {
        kernel.comm.onClose();
        kernel.manner = 'hears';
        await pass(0);
      } else {
        await pass(2_000);
        kernel.manner = 'hears';
        await pass(4_000);
      }
      expect([decided.is, link.state.is]).toEqual(['heard', 'ready']);
    }
    expect(kernel.comms).toHaveLength(21);
    const sent = kernel.comms.flatMap(comm => comm.sent);
    expect(sent.map(({ id }) => id)).toEqual(sent.map((_, place) => place + 1));
    const reached = kernel.comms.flatMap(comm => comm.of('decide').map(({ call }) => call));
    expect(new Set(reached).size).toBe(20);
  });
});

describe('the kernel', () => {
  it('that restarts is told, refuses what was said, and is loaded anew', async () => {
    await linked();
    kernel.manner = 'silent';
    const asked = fate(link.send('ask', QUESTION));
    kernel.become('restarting');
    await pass(0);
    expect([link.state.is, asked.is]).toEqual(['restarting', 'The kernel was restarted.']);
    kernel.manner = 'hears';
    kernel.become('idle');
    await pass(0);
    expect([link.state.is, kernel.executed.length, kernel.comms.length]).toEqual(['ready', 2, 2]);
  });

  it('that dies is told, and comes back with a restart', async () => {
    await linked();
    kernel.manner = 'silent';
    const asked = fate(link.send('stop', { turn: 't' }));
    kernel.become('dead');
    await pass(0);
    expect([link.state.is, asked.is]).toEqual(['dead', 'The kernel died.']);
    kernel.manner = 'hears';
    kernel.become('restarting');
    kernel.become('idle');
    await pass(0);
    expect(link.state.is).toBe('ready');
  });

  it('whose connection is lost is reached again when it is back', async () => {
    await linked();
    kernel.connect('connecting');
    expect(link.state).toEqual({ is: 'reconnecting' });
    await pass(60_000);
    expect(kernel.comms).toHaveLength(1);
    kernel.connect('connected');
    await pass(0);
    expect([link.state.is, kernel.comms.length]).toEqual(['ready', 2]);
  });

  it('hears of a page that goes, and the page hears nothing more', async () => {
    await linked();
    kernel.manner = 'silent';
    const asked = fate(link.send('ask', QUESTION));
    link.dispose();
    await pass(60_000);
    kernel.become('restarting');
    kernel.become('idle');
    await pass(60_000);
    expect([asked.is, kernel.comm.closed, kernel.comms.length]).toEqual(['The connection to the kernel was closed.', true, 1]);
    expect(states.at(-1)).toBe('ready');
  });
});
