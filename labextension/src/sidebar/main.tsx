/** What the side panel fetches when it is shown: mounts the sidebar in it, and does what others ask of it. */

import type { NotebookPanel } from '@jupyterlab/notebook';
import type { IDisposable } from '@lumino/disposable';
import { StrictMode } from 'react';
import { createRoot } from 'react-dom/client';

import type { Attachment } from '../tokens';
import { askFor } from './asking';
import { Chats } from './chats';
import { type Services, SidebarContext } from './context';
import { SidebarView } from './SidebarView';
import { focusInput } from './TextBox';
import { words } from './words';

/** The sidebar, mounted. */
export interface Mounted extends IDisposable {
  focus(): void;
  attach(panel: NotebookPanel, attachments: readonly Attachment[], prompt?: string): void;
  ask(panel: NotebookPanel, prompt: string, attachments: readonly Attachment[]): void;
  newConversation(): void;
}

export interface Around extends Omit<Services, 'chats' | 'say' | 'diff'> {
  readonly notebooks: ConstructorParameters<typeof Chats>[0];
  readonly client: string;
}

export function mount(node: HTMLElement, { notebooks, client, ...around }: Around): Mounted {
  const { language, acts, settings } = around;
  const chats = new Chats(notebooks, { client, language, acts, place: () => settings.now.place });
  const services: Services = {
    ...around,
    say: words(language),
    chats,
    diff: async () => (await import('../turn/diff')).mountDiff
  };
  const root = createRoot(node);
  root.render(
    <StrictMode>
      <SidebarContext.Provider value={services}>
        <SidebarView />
      </SidebarContext.Provider>
    </StrictMode>
  );
  const focus = (): void => focusInput(node);
  return {
    focus,
    attach: (panel, attachments, prompt = '') => {
      const { draft } = chats.show(panel);
      draft.attach(...attachments);
      if (prompt && draft.empty) {
        draft.replace(prompt);
      }
      focus();
    },
    ask: (panel, prompt, attachments) => {
      void askFor(services, chats.show(panel), prompt, attachments);
    },
    newConversation: () => chats.chat?.tell('new', {}),
    isDisposed: false,
    dispose: () => {
      root.unmount();
      chats.dispose();
    }
  };
}
