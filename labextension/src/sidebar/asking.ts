/** What becomes of a line that was sent: a question, or what a command does instead. Imports no React. */

import type { Attachment } from '../tokens';
import type { Chat } from './chat';
import { typed } from './commands';
import type { Services } from './context';
import { allCommands } from './suggesting';

/** Send what is in the draft, as soon as the kernel can be asked. */
export async function submit(services: Services, chat: Chat): Promise<void> {
  const { draft } = chat;
  if (draft.empty || chat.sending || chat.waiting) {
    return;
  }
  if (chat.turns.running) {
    chat.say(services.say.oneAtATime);
    return;
  }
  if (!chat.ready && !(await chat.untilReady())) {
    return;
  }
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

/** Ask what somebody else in the page wants to know: as if it had been typed and sent. */
export async function askFor(
  services: Services,
  chat: Chat,
  prompt: string,
  attachments: readonly Attachment[]
): Promise<void> {
  chat.draft.replace(prompt);
  chat.draft.attach(...attachments);
  await submit(services, chat);
}
