/** What is offered while a question is typed: after `/` commands, after `@` what can be named. Imports no React. */

import type { Variable } from '../link/protocol';
import type { Mention } from '../tokens';
import type { Chat } from './chat';
import { ownCommands, type Slash, userPrompts } from './commands';
import type { Services } from './context';

/** Something that can be chosen. */
export type Suggestion = { readonly is: 'slash'; readonly slash: Slash } | { readonly is: 'mention'; readonly mention: Mention };

/** The word that is being typed, and where it stands in the text. */
export interface Word {
  readonly mark: '/' | '@';
  readonly text: string;
  readonly start: number;
  readonly end: number;
}

const MOST = 50;

/** The word before the cursor that asks for suggestions; null where there is none. */
export function wordAt(text: string, cursor: number): Word | null {
  const before = text.slice(0, cursor);
  const slash = /^\s*\/([\w-]*)$/.exec(before);
  if (slash) {
    const typed = slash[1] ?? '';
    return { mark: '/', text: typed, start: cursor - typed.length - 1, end: cursor };
  }
  const at = /(?:^|[\s([{,;:])@([^\s@]*)$/.exec(before);
  if (at) {
    const typed = at[1] ?? '';
    return { mark: '@', text: typed, start: cursor - typed.length - 1, end: cursor };
  }
  return null;
}

/** All commands there are: those that come along, then the user's own. */
export async function allCommands(services: Services, chat: Chat): Promise<Slash[]> {
  const own = ownCommands(/^zh\b/i.test(services.language));
  const users = await userPrompts(services.contents, chat.path, services.settings.now.prompts);
  return [...own, ...users.filter(({ name }) => !own.some(command => command.name === name))];
}

/** What fits a word, the best first. */
export async function suggestionsFor(services: Services, chat: Chat, word: Word): Promise<Suggestion[]> {
  if (word.mark === '/') {
    const wanted = word.text.toLowerCase();
    const commands = await allCommands(services, chat);
    const fitting = commands.filter(({ name }) => name.toLowerCase().includes(wanted));
    fitting.sort((one, other) => Number(starts(other.name, wanted)) - Number(starts(one.name, wanted)));
    return fitting.map(slash => ({ is: 'slash', slash }));
  }
  const [variables, others] = await Promise.all([
    variablesOf(chat, word.text),
    services.mentions?.mentions(chat.panel, word.text) ?? []
  ]);
  return [...variables, ...others].slice(0, MOST).map(mention => ({ is: 'mention', mention }));
}

async function variablesOf(chat: Chat, text: string): Promise<Mention[]> {
  try {
    const { items } = await chat.linked.ask('complete', { text });
    return items.map(mentionOf);
  } catch {
    return []; // there is no kernel to ask, and the sidebar says so
  }
}

function mentionOf({ name, type, shape, insert }: Variable): Mention {
  return {
    kind: 'variable',
    label: name,
    detail: [type, shape].filter(Boolean).join(' '),
    insert: insert.startsWith('@') ? insert : `@${insert}`,
    attach: null
  };
}

function starts(name: string, wanted: string): boolean {
  return name.toLowerCase().startsWith(wanted);
}

/** The text with a word taken out for another, and where the cursor is then. */
export function replaced(text: string, word: Word, insert: string): [string, number] {
  const after = text.slice(word.end);
  const spaced = after.startsWith(' ') ? insert : `${insert} `;
  return [text.slice(0, word.start) + spaced + after, word.start + spaced.length + (after.startsWith(' ') ? 1 : 0)];
}
