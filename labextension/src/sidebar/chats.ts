/**
 * The chats of all notebooks that the sidebar was opened on, and which of them it shows.
 *
 * It follows the notebook in front, but stays with one that is being answered: its cards must not go away under the
 * user's hand. Imports no React.
 */

import type { INotebookTracker, NotebookPanel } from '@jupyterlab/notebook';
import type { IDisposable } from '@lumino/disposable';

import { Chat, type Page } from './chat';
import { Observable } from '../turn/observable';

export class Chats extends Observable implements IDisposable {
  isDisposed = false;
  private readonly chats = new Map<NotebookPanel, Chat>();
  private shown: NotebookPanel | null = null;

  constructor(
    private readonly notebooks: INotebookTracker,
    private readonly page: Page
  ) {
    super();
    notebooks.currentChanged.connect(this.onCurrent);
    this.onCurrent();
  }

  /** The chat that is shown; null where there is no notebook. */
  get chat(): Chat | null {
    return this.shown && this.of(this.shown);
  }

  /** The notebook in front, where it is another than the one that is shown. */
  get other(): NotebookPanel | null {
    const front = this.notebooks.currentWidget;
    return front === this.shown ? null : front;
  }

  /** Show a notebook's chat. */
  show(panel: NotebookPanel): Chat {
    this.shown = panel;
    this.changed();
    return this.of(panel);
  }

  dispose(): void {
    this.isDisposed = true;
    this.notebooks.currentChanged.disconnect(this.onCurrent);
    this.chats.forEach(chat => chat.dispose());
    this.chats.clear();
  }

  private of(panel: NotebookPanel): Chat {
    const known = this.chats.get(panel);
    if (known) {
      return known;
    }
    const chat = new Chat(panel, this.page);
    this.chats.set(panel, chat);
    panel.disposed.connect(() => this.onClosed(panel, chat));
    return chat;
  }

  private onClosed(panel: NotebookPanel, chat: Chat): void {
    this.chats.delete(panel);
    chat.dispose();
    if (this.shown === panel) {
      this.shown = null;
      this.onCurrent();
    }
  }

  private readonly onCurrent = (): void => {
    const front = this.notebooks.currentWidget;
    const answering = this.shown !== null && this.of(this.shown).turns.running !== null;
    if (!answering && (front || !this.shown)) {
      this.shown = front;
    }
    this.changed();
  };
}
