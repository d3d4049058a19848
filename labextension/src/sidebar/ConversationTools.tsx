/** What can be done with a conversation: another name, a copy as a file, its end. */

import { useEffect, useRef, useState, type ReactNode } from 'react';

import type { ConversationItem, Sent } from '../link/protocol';
import type { Chat } from './chat';
import { useServices } from './context';
import { download, type Exported, saveBeside } from './exporting';

interface Props {
  readonly chat: Chat;
  readonly item: ConversationItem;
  readonly title: string;
  readonly onDone: () => void;
}

export function ConversationTools({ chat, item, title, onDone }: Props): ReactNode {
  const { say } = useServices();
  const [asks, setAsks] = useState<'' | 'name' | 'delete'>('');
  if (asks === 'name') {
    return <Rename chat={chat} item={item} onDone={onDone} />;
  }
  if (asks === 'delete') {
    return <Delete chat={chat} item={item} title={title} onDone={onDone} />;
  }
  return (
    <div className="kimi-row kimi-conversation-tools">
      <button type="button" className="kimi-plain" onClick={() => setAsks('name')}>
        {say.rename}
      </button>
      <button type="button" className="kimi-plain" onClick={() => setAsks('delete')}>
        {say.delete}
      </button>
      <Export chat={chat} item={item} />
    </div>
  );
}

function Rename({ chat, item, onDone }: Omit<Props, 'title'>): ReactNode {
  const { say } = useServices();
  const input = useRef<HTMLInputElement>(null);
  useEffect(() => input.current?.select(), []);
  const rename = (): void => {
    const title = input.current?.value.trim();
    if (title) {
      chat.tell('rename', { conversation: item.id, title });
    }
    onDone();
  };
  return (
    <div className="kimi-row kimi-conversation-tools">
      <input
        ref={input}
        className="kimi-box"
        aria-label={say.newName}
        defaultValue={item.title}
        maxLength={200}
        onKeyDown={event => {
          if (event.key === 'Enter' && !event.nativeEvent.isComposing) {
            rename();
          } else if (event.key === 'Escape') {
            event.stopPropagation();
            onDone();
          }
        }}
      />
      <button type="button" className="kimi-push" onClick={rename}>
        {say.rename}
      </button>
    </div>
  );
}

function Delete({ chat, item, title, onDone }: Props): ReactNode {
  const { say } = useServices();
  const no = useRef<HTMLButtonElement>(null);
  useEffect(() => no.current?.focus(), []);
  return (
    <div className="kimi-row kimi-conversation-tools" role="group" aria-label={say.deleteAsks(title)}>
      <span className="kimi-grow">{say.deleteAsks(title)}</span>
      <button ref={no} type="button" className="kimi-push" onClick={onDone}>
        {say.cancel}
      </button>
      <button
        type="button"
        className="kimi-push kimi-push-bad"
        onClick={event => {
          if (event.isTrusted) {
            chat.tell('delete', { conversation: item.id });
            onDone();
          }
        }}
      >
        {say.delete}
      </button>
    </div>
  );
}

function Export({ chat, item }: Pick<Props, 'chat' | 'item'>): ReactNode {
  const { say, contents, openFile } = useServices();
  const [saved, setSaved] = useState<(Exported & { readonly path: string }) | null>(null);
  const save = async (format: Sent['export']['format']): Promise<void> => {
    try {
      const { name, text } = await chat.linked.ask('export', { conversation: item.id, format });
      setSaved({ name, text, path: await saveBeside(contents, chat.path, { name, text }) });
    } catch (error) {
      chat.say(error instanceof Error ? error.message : String(error));
    }
  };
  return (
    <>
      <button type="button" className="kimi-plain" onClick={() => void save('markdown')}>
        {say.exportMarkdown}
      </button>
      <button type="button" className="kimi-plain" onClick={() => void save('notebook')}>
        {say.exportNotebook}
      </button>
      {saved && (
        <p role="status" className="kimi-exported">
          {say.exported(saved.path)}{' '}
          <button type="button" className="kimi-plain" onClick={() => openFile(saved.path)}>
            {say.open}
          </button>
          <button type="button" className="kimi-plain" onClick={() => download(saved)}>
            {say.download}
          </button>
        </p>
      )}
    </>
  );
}
