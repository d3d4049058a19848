/** What every part of the sidebar may need. */

import type { NotebookPanel } from '@jupyterlab/notebook';
import type { IRenderMimeRegistry } from '@jupyterlab/rendermime';
import type { Contents } from '@jupyterlab/services';
import { createContext, useContext } from 'react';

import type { Place } from '../link/protocol';
import type { INotebookActs, INotebookMentions } from '../tokens';
import type { MountDiff } from '../turn/host';
import type { Chats } from './chats';
import type { Observable } from '../turn/observable';
import type { Words } from './words';

/** What the user set. */
export interface Settings {
  readonly place: Place;
  /** The folder of the user's own prompts, beside the notebook. */
  readonly prompts: string;
}

/** The settings now; `set` keeps a value as the user's. */
export interface SettingsNow extends Observable {
  readonly now: Settings;
  set(name: keyof Settings, value: string): void;
}

/** The page around the sidebar. */
export interface Services {
  readonly language: string;
  readonly say: Words;
  readonly chats: Chats;
  readonly settings: SettingsNow;
  readonly acts: INotebookActs | null;
  readonly mentions: INotebookMentions | null;
  readonly contents: Contents.IManager;
  /** Draws the outputs of scratch code; null where nothing does. */
  readonly rendermime: IRenderMimeRegistry | null;
  readonly openLink: (url: string) => void;
  readonly openFile: (path: string) => void;
  readonly chooseKernel: (panel: NotebookPanel) => void;
  readonly diff: () => Promise<MountDiff>;
}

export const SidebarContext = createContext<Services | null>(null);

export function useServices(): Services {
  const services = useContext(SidebarContext);
  if (!services) {
    throw new Error('a part of the sidebar outside of it');
  }
  return services;
}
