/** A notebook's chat over a kernel's connection and JupyterLab's own notebook model, and the page around it. */

import './page';

import type { NotebookModel as Model, NotebookPanel } from '@jupyterlab/notebook';
import type { Contents } from '@jupyterlab/services';
import { Signal } from '@lumino/signaling';

import { Files } from '../src/notebook/files';
import { NotebookMentions } from '../src/notebook/mentions';
import { notebookWords } from '../src/notebook/words';
import { Chat } from '../src/sidebar/chat';
import type { Services } from '../src/sidebar/context';
import { OwnSettings } from '../src/sidebar/settings';
import { words } from '../src/sidebar/words';
import type { INotebookActs } from '../src/tokens';
import { FakeKernel } from './fakeKernel';

// It looks at the page while it loads, so it comes after what makes the page one.
const { NotebookModel } = await import('@jupyterlab/notebook/lib/model');

/** Files in memory, as JupyterLab's contents manager shows them. */
export class FakeContents {
  readonly saved: [path: string, Partial<Contents.IModel>][] = [];

  constructor(private readonly files: Readonly<Record<string, string>>) {}

  get manager(): Contents.IManager {
    return this as unknown as Contents.IManager;
  }

  get(path: string): Promise<Partial<Contents.IModel>> {
    const content = this.files[path];
    if (content !== undefined) {
      return Promise.resolve({ path, type: 'file', size: content.length, content });
    }
    const below = Object.keys(this.files).filter(file => path === '' || file.startsWith(`${path}/`));
    if (path && !below.length) {
      return Promise.reject(new Error(`no such folder: ${path}`));
    }
    const names = new Set(below.map(file => file.slice(path ? path.length + 1 : 0).split('/')));
    const items = new Map([...names].map(([name = '', ...rest]) => [name, rest.length ? 'directory' : 'file']));
    const list = [...items].map(([name, type]) => ({ name, type, path: [path, name].filter(Boolean).join('/'), size: 1 }));
    return Promise.resolve({ path, type: 'directory', content: list });
  }

  save(path: string, model: Partial<Contents.IModel>): Promise<unknown> {
    this.saved.push([path, model]);
    return Promise.resolve(model);
  }
}

/** What the notebook's side was asked to do. */
export class FakeActs {
  readonly asked: unknown[][] = [];
  readonly changed = new Signal<this, string>(this);
  /** What can be taken back, by turn. */
  back: Record<string, string> = {};

  get acts(): INotebookActs {
    return this as unknown as INotebookActs;
  }

  cells = (): [] => [];
  active = (): null => null;
  subject = (): null => null;
  insert = (_: unknown, sources: readonly string[]): void => void this.asked.push(['insert', ...sources]);
  revertable = (turn: string): string => this.back[turn] ?? '';
  revert = (_: unknown, turn: string): Promise<string> => {
    this.asked.push(['revert', turn]);
    this.back = {};
    this.changed.emit(turn);
    return Promise.resolve('Took back: 1 cell added.');
  };
}

/** A notebook with its chat. */
export class Beside {
  readonly kernel = new FakeKernel();
  readonly acts = new FakeActs();
  readonly contents: FakeContents;
  readonly model: Model = new NotebookModel();
  readonly chat: Chat;
  readonly services: Services;
  private sequence = 0;

  constructor(files: Readonly<Record<string, string>> = {}, language = 'en') {
    this.contents = new FakeContents(files);
    const shared = this.model.sharedModel;
    shared.deleteCellRange(0, shared.cells.length);
    this.chat = new Chat(this.panel, { client: 'page', language, acts: this.acts.acts, place: () => 'cell' });
    const settings = new OwnSettings();
    this.services = {
      language,
      say: words(language),
      chats: null as unknown as Services['chats'], // for what shows many notebooks
      settings,
      acts: this.acts.acts,
      mentions: new NotebookMentions(new Files(this.contents.manager), notebookWords(language)),
      contents: this.contents.manager,
      rendermime: null,
      openLink: () => undefined,
      openFile: () => undefined,
      chooseKernel: () => undefined,
      diff: () => Promise.reject(new Error('nothing is compared here'))
    };
  }

  /** As much of a panel as the sidebar looks at. */
  private get panel(): NotebookPanel {
    const { model, kernel } = this;
    const content = {
      model,
      get activeCell() {
        return model.cells.length ? { model: model.cells.get(0), editor: null } : null;
      }
    };
    const session = { kernel: kernel.connection };
    const sessionContext = { session, kernelDisplayStatus: 'idle', ...signals('kernelChanged', 'statusChanged', 'sessionChanged') };
    const context = { path: 'work/sales.ipynb', ...signals('pathChanged') };
    return { isDisposed: false, content, context, sessionContext } as unknown as NotebookPanel;
  }

  /** Let a turn begin, and tell of it. */
  begin(turn: string, prompt: string, place: 'cell' | 'sidebar', ...events: readonly object[]): void {
    this.sequence = 0;
    this.kernel.comm.tell({ v: 1, kind: 'turn', turn, prompt, place, conversation: 'c', at: 1_764_000_000 });
    this.tell(turn, { type: 'turn_started', prompt, provider: 'offline', model: 'm' }, { type: 'step_started', step: 1 }, ...events);
  }

  tell(turn: string, ...events: readonly object[]): void {
    this.kernel.comm.tell({ v: 1, kind: 'events', turn, seq: ++this.sequence, events });
  }
}

function signals(...names: readonly string[]): Record<string, Signal<object, unknown>> {
  return Object.fromEntries(names.map(name => [name, new Signal<object, unknown>({})]));
}

/** Let what was begun come to its end. */
export function settled(): Promise<void> {
  return new Promise(done => setTimeout(done, 20));
}
