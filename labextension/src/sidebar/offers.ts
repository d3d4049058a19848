/** The list that opens while a question is typed, and its keys. */

import { useId, useRef, useState, type KeyboardEvent } from 'react';

import type { Chat } from './chat';
import { useServices } from './context';
import { replaced, type Suggestion, suggestionsFor, type Word, wordAt } from './suggesting';
import { fit } from './TextBox';

export interface Offers {
  readonly id: string;
  readonly items: readonly Suggestion[];
  readonly chosen: number;
  readonly look: () => void;
  readonly close: () => void;
  readonly choose: (item: Suggestion) => void;
  /** Whether the key was for the list. */
  readonly onKey: (event: KeyboardEvent) => boolean;
}

export function useOffers(chat: Chat, box: { readonly current: HTMLTextAreaElement | null }): Offers {
  const services = useServices();
  const id = useId();
  const asked = useRef(0);
  const [word, setWord] = useState<Word | null>(null);
  const [items, setItems] = useState<readonly Suggestion[]>([]);
  const [chosen, setChosen] = useState(0);
  const close = (): void => {
    asked.current++;
    setItems([]);
  };
  const look = (): void => {
    const input = box.current;
    const now = input && wordAt(input.value, input.selectionStart);
    const number = ++asked.current;
    if (!now) {
      setItems([]);
      return;
    }
    void suggestionsFor(services, chat, now).then(found => {
      if (asked.current === number) {
        setWord(now);
        setItems(found);
        setChosen(0);
      }
    });
  };
  const choose = (item: Suggestion): void => {
    const input = box.current;
    close();
    if (!input || !word) {
      return;
    }
    const insert = item.is === 'slash' ? `/${item.slash.name}` : item.mention.insert;
    const [text, cursor] = replaced(input.value, word, insert);
    chat.draft.replace(text);
    input.value = text;
    input.setSelectionRange(cursor, cursor);
    fit(input);
    if (item.is === 'mention' && item.mention.attach) {
      void item.mention.attach().then(attachment => attachment && chat.draft.attach(attachment));
    }
  };
  const onKey = (event: KeyboardEvent): boolean => {
    const item = items[chosen];
    if (!item) {
      return false;
    }
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (step) {
      setChosen((chosen + step + items.length) % items.length);
    } else if (event.key === 'Tab' || (event.key === 'Enter' && !event.shiftKey && !isWhole(item, word))) {
      choose(item);
    } else if (event.key === 'Escape') {
      event.stopPropagation();
      close();
    } else {
      return false;
    }
    event.preventDefault();
    return true;
  };
  return { id, items, chosen, look, close, choose, onKey };
}

/** Whether a command was typed out already, so that Enter sends it. */
function isWhole(item: Suggestion, word: Word | null): boolean {
  return item.is === 'slash' && item.slash.name === word?.text;
}
