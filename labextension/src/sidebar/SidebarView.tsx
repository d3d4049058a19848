/** The whole sidebar: the chat of one notebook. */

import { addIcon, historyIcon, settingsIcon } from '@jupyterlab/ui-components';
import { useRef, useState, type ReactNode } from 'react';

import { useFollowed } from '../turn/observable';
import { visible } from '../turn/visible';
import { Banners, nameOf } from './Banners';
import { IconButton } from './Buttons';
import { NoNotebook, StatusCard } from './Cards';
import type { Chat } from './chat';
import { Composer } from './Composer';
import { useServices } from './context';
import { Controls } from './Controls';
import { Conversations } from './Conversations';
import { kimiIcon } from './icon';
import { focusInput } from './TextBox';
import { TurnList } from './TurnList';
import type { Words } from './words';

export function SidebarView(): ReactNode {
  const { chats, say } = useServices();
  const { chat } = useFollowed(chats);
  return (
    <div className="kimi-side" role="region" aria-label={say.kimi}>
      {chat ? <ChatView key={chat.panel.id} chat={chat} /> : <NoNotebook />}
    </div>
  );
}

function ChatView({ chat }: { chat: Chat }): ReactNode {
  const { say } = useServices();
  useFollowed(chat);
  const [open, setOpen] = useState<'' | 'conversations' | 'controls'>('');
  const head = useRef<HTMLDivElement>(null);
  const toggle = (what: typeof open): void => setOpen(open === what ? '' : what);
  const toInput = (): void => {
    const side = head.current?.parentElement;
    if (side) {
      focusInput(side);
    }
  };
  const close = (): void => {
    setOpen('');
    toInput();
  };
  const known = chat.state !== null;
  const leave = (kind: 'new' | 'open', conversation = ''): void => {
    if (kind === 'new') {
      chat.tell('new', {});
    } else if (conversation !== chat.conversation.id) {
      chat.tell('open', { conversation });
    }
    setOpen(open === 'conversations' ? '' : open);
    toInput();
  };
  return (
    <>
      <div ref={head} className="kimi-head">
        <kimiIcon.react tag="span" className="kimi-head-icon" aria-hidden="true" />
        <span className="kimi-head-name kimi-grow" title={visible(chat.path)}>
          {nameOf(chat.path)}
        </span>
        {known && (
          <>
            <IconButton icon={addIcon} label={say.newConversation} disabled={!chat.ready} onClick={() => leave('new')} />
            <IconButton
              icon={historyIcon}
              label={say.conversations}
              expanded={open === 'conversations'}
              onClick={() => toggle('conversations')}
            />
          </>
        )}
        <IconButton
          icon={settingsIcon}
          label={say.controls}
          expanded={open === 'controls'}
          disabled={!chat.ready}
          onClick={() => toggle('controls')}
        />
      </div>
      {open === 'controls' && chat.state && <Controls chat={chat} state={chat.state} onClose={close} />}
      {known && (
        <Conversations
          chat={chat}
          open={open === 'conversations'}
          onShow={conversation => leave('open', conversation)}
          onClose={close}
        />
      )}
      {open !== 'conversations' && <Banners chat={chat} />}
      <Body chat={chat} hidden={open === 'conversations'} />
      <Said chat={chat} />
      <Composer chat={chat} onControls={() => toggle('controls')} />
    </>
  );
}

function Body({ chat, hidden }: { chat: Chat; hidden: boolean }): ReactNode {
  const stands = chat.ready ? null : <StatusCard chat={chat} />;
  if (chat.turns.all.length) {
    return (
      <div className="kimi-body" hidden={hidden}>
        {stands}
        <TurnList key={chat.conversation.id} chat={chat} />
      </div>
    );
  }
  return (
    <div className="kimi-body" hidden={hidden}>
      {stands ?? <Welcome chat={chat} />}
    </div>
  );
}

function Welcome({ chat }: { chat: Chat }): ReactNode {
  const { say } = useServices();
  return (
    <div className="kimi-standing">
      <kimiIcon.react tag="div" className="kimi-standing-icon" aria-hidden="true" />
      <h2>{say.welcome(nameOf(chat.path))}</h2>
      <p>{say.welcomeMore}</p>
      {chat.state?.approve === 'ask' && <p>{say.welcomeAsks}</p>}
      <div className="kimi-examples">
        {say.examples.map(example => (
          <button key={example} type="button" className="kimi-example" onClick={() => chat.draft.replace(example)}>
            {example}
          </button>
        ))}
      </div>
    </div>
  );
}

/** One line about what happened outside of turns. */
function Said({ chat }: { chat: Chat }): ReactNode {
  const { say } = useServices();
  return (
    <p className="kimi-side-said" role="status">
      {visible(lineOf(chat, say))}
    </p>
  );
}

function lineOf(chat: Chat, say: Words): string {
  if (chat.waitsForKernel) {
    return say.willSend;
  }
  if (chat.waiting) {
    return say.willSendThen;
  }
  return chat.said || (chat.sending ? say.sending : '');
}
