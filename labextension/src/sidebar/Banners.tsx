/** Lines above the chat that hold for a while: another notebook is in front, code runs unasked, versions differ. */

import { useState, type ReactNode } from 'react';

import { closeIcon } from '@jupyterlab/ui-components';

import { PACKAGE_VERSION } from '../link/version';
import { visible } from '../turn/visible';
import { IconButton } from './Buttons';
import { Line, NoKey } from './Cards';
import type { Chat } from './chat';
import { useServices } from './context';

export function nameOf(path: string): string {
  return visible(path.split('/').at(-1) ?? path);
}

export function Banners({ chat }: { chat: Chat }): ReactNode {
  const { say } = useServices();
  const { state } = chat;
  return (
    <>
      <Elsewhere chat={chat} />
      {state?.approve === 'auto' && (
        <div className="kimi-banner kimi-banner-warn" role="alert">
          <span className="kimi-grow">{say.auto}</span>
          <button type="button" className="kimi-push" onClick={() => chat.tell('set', { name: 'approve', value: 'ask' })}>
            {say.askFirst}
          </button>
        </div>
      )}
      <NoKey chat={chat} />
      {state?.endpoint.provider === 'offline' && <Offline />}
      {chat.ready && chat.otherVersion && <Version version={chat.otherVersion} />}
    </>
  );
}

/** The notebook in front is another one. */
function Elsewhere({ chat }: { chat: Chat }): ReactNode {
  const { say, chats } = useServices();
  const { other } = chats;
  if (!other) {
    return null;
  }
  const here = nameOf(chat.path);
  return (
    <div className="kimi-banner" role="status">
      <span className="kimi-grow">{chat.turns.running ? say.elsewhere(here) : say.elsewhereDone(here)}</span>
      <button type="button" className="kimi-push" onClick={() => chats.show(other)}>
        {say.goTo(nameOf(other.context.path))}
      </button>
    </div>
  );
}

function Offline(): ReactNode {
  const { say } = useServices();
  return <p className="kimi-offline">{say.offline}</p>;
}

function Version({ version }: { version: string }): ReactNode {
  const { say } = useServices();
  const [shown, setShown] = useState(true);
  if (!shown) {
    return null;
  }
  return (
    <section className="kimi-banner" aria-label={say.otherVersion(visible(version), PACKAGE_VERSION)}>
      <div className="kimi-row">
        <span className="kimi-grow">{say.otherVersion(visible(version), PACKAGE_VERSION)}</span>
        <IconButton icon={closeIcon} label={say.dismiss} onClick={() => setShown(false)} />
      </div>
      <Line line={`%pip install kimi-jupyter==${PACKAGE_VERSION}`} />
    </section>
  );
}
