/** The notebook's conversations: a few lines of them, and opened all, to search, continue and care for. */

import { ellipsesIcon } from '@jupyterlab/ui-components';
import { useEffect, useRef, useState, type ReactNode } from 'react';

import type { ConversationItem } from '../link/protocol';
import { useFollowed } from '../turn/observable';
import { visible } from '../turn/visible';
import { cut } from '../turn/words';
import { IconButton } from './Buttons';
import type { Chat } from './chat';
import { useServices } from './context';
import { ConversationTools } from './ConversationTools';

interface Props {
  readonly chat: Chat;
  readonly open: boolean;
  readonly onShow: (conversation: string) => void;
  readonly onClose: () => void;
}

export function Conversations({ chat, open, onShow, onClose }: Props): ReactNode {
  const { say } = useServices();
  useFollowed(chat);
  const [text, setText] = useState('');
  const found = useSearch(chat, open ? text : '');
  const items = found ?? withShown(chat);
  return (
    <nav
      className={open ? 'kimi-conversations kimi-all' : 'kimi-conversations'}
      aria-label={say.conversations}
      onKeyDown={event => {
        if (open && event.key === 'Escape') {
          onClose();
        }
      }}
    >
      {open && <Search text={text} onText={setText} />}
      {open && items.length === 0 && <p className="kimi-hint">{say.nothingFound}</p>}
      <ul aria-label={say.conversations}>
        {items.map(item => (
          <Item key={item.id} chat={chat} item={item} brief={!open} onShow={() => onShow(item.id)} />
        ))}
      </ul>
    </nav>
  );
}

function Search({ text, onText }: { text: string; onText: (text: string) => void }): ReactNode {
  const { say } = useServices();
  const input = useRef<HTMLInputElement>(null);
  useEffect(() => input.current?.focus(), []);
  return (
    <input
      ref={input}
      className="kimi-box"
      type="search"
      aria-label={say.search}
      placeholder={say.search}
      value={text}
      onChange={event => onText(event.target.value)}
    />
  );
}

/** The conversations with the one that is shown, which is in no store before its first question. */
function withShown({ conversations, conversation, turns }: Chat): readonly ConversationItem[] {
  if (conversations.some(({ id }) => id === conversation.id)) {
    return conversations;
  }
  return [{ ...conversation, updated: 0, turns: turns.all.length, current: true, snippet: '' }, ...conversations];
}

function titleOf(title: string, untitled: string): string {
  return visible(cut(title.trim(), 120)) || untitled;
}

interface ItemProps {
  readonly chat: Chat;
  readonly item: ConversationItem;
  readonly brief: boolean;
  readonly onShow: () => void;
}

function Item({ chat, item, brief, onShow }: ItemProps): ReactNode {
  const { say, language } = useServices();
  const [tools, setTools] = useState(false);
  const title = titleOf(item.title, say.untitled);
  const current = item.id === chat.conversation.id;
  const time = item.updated ? new Date(item.updated) : null;
  return (
    <li className={current ? 'kimi-current' : undefined}>
      <div className="kimi-row">
        <button type="button" className="kimi-conversation" aria-current={current || undefined} onClick={onShow}>
          <span className="kimi-conversation-name">{title}</span>
          <span className="kimi-hint">
            {[
              item.turns > 0 && say.turns(item.turns),
              !brief && time?.toLocaleString(language, { dateStyle: 'medium', timeStyle: 'short' })
            ]
              .filter(Boolean)
              .join(' · ')}
          </span>
          {item.snippet && <span className="kimi-snippet">{visible(cut(item.snippet, 300))}</span>}
        </button>
        {!brief && item.id && (
          <IconButton icon={ellipsesIcon} label={say.more(title)} expanded={tools} onClick={() => setTools(!tools)} />
        )}
      </div>
      {!brief && tools && <ConversationTools chat={chat} item={item} title={title} onDone={() => setTools(false)} />}
    </li>
  );
}

/** What the kernel finds of a text; null where nothing is searched for. */
function useSearch(chat: Chat, text: string): readonly ConversationItem[] | null {
  const [found, setFound] = useState<readonly ConversationItem[] | null>(null);
  useEffect(() => {
    const wanted = text.trim();
    if (!wanted) {
      setFound(null);
      return;
    }
    let current = true;
    const timer = setTimeout(() => {
      chat.linked.ask('search', { text: wanted }).then(
        ({ items }) => current && setFound(items),
        (error: unknown) => chat.say(error instanceof Error ? error.message : String(error))
      );
    }, 150);
    return () => {
      current = false;
      clearTimeout(timer);
    };
  }, [chat, text]);
  return found;
}
