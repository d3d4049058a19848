/** What becomes of a line that was sent: a question, or what a command does instead. Imports no React. */

import type { Attachment } from '../tokens';
import type { Chat } from './chat';
import { typed } from './commands';
import type { Services } from './context';
import { allCommands } from './suggesting';

/** Send what is in the draft. */
export async function submit(services: Services, chat: Chat): Promise<void> {
  const { draft } = chat;
  const line = draft.text;
  const attachments = draft.attachments;
  const { slash, rest } = line.trim().startsWith('/')
    ? typed(line, await allCommands(services, chat))
    : { slash: null, rest: line.trim() };
  draft.clear();
  if (slash && !slash.prompt) {
    act(services, chat, slash.name);
    return;
  }
  const asked = slash?.prompt ? [await slash.prompt(), rest].filter(Boolean).join('\n\n') : rest;
  await chat.ask(asked, slash?.cell ? withCell(services, chat, attachments) : attachments);
}

/** The commands that ask nothing. */
function act({ acts, say }: Services, chat: Chat, name: string): void {
  if (name === 'new') {
    chat.tell('new', {});
  } else if (name === 'doctor') {
    acts?.insert(chat.panel, ['%kimi doctor']);
    chat.say(say.cellIsPut);
  }
}

function withCell({ mentions }: Services, chat: Chat, attachments: readonly Attachment[]): readonly Attachment[] {
  const cell = mentions?.selected(chat.panel);
  return cell && !attachments.some(({ kind }) => kind !== 'file') ? [...attachments, cell] : attachments;
}
