/** What would be sent, before it is. */

import { useEffect, useRef, useState, type ReactNode } from 'react';

import { closeIcon, inspectorIcon } from '@jupyterlab/ui-components';

import type { Message } from '../link/protocol';
import { visible } from '../turn/visible';
import { count } from '../turn/words';
import { IconButton } from './Buttons';
import type { Chat } from './chat';
import { useServices } from './context';

type Found = Extract<Message, { kind: 'preview' }>;

export function PreviewFold({ chat }: { chat: Chat }): ReactNode {
  const { say } = useServices();
  const [found, setFound] = useState<Found | null>(null);
  const look = (): void => {
    if (found) {
      setFound(null);
    } else if (chat.draft.empty) {
      chat.say(say.previewNothing);
    } else {
      chat.preview().then(setFound, (error: unknown) => chat.say(error instanceof Error ? error.message : String(error)));
    }
  };
  return (
    <>
      <IconButton icon={inspectorIcon} label={say.preview} expanded={found !== null} disabled={!chat.ready} onClick={look} />
      {found && <Preview found={found} onClose={() => setFound(null)} />}
    </>
  );
}

function Preview({ found, onClose }: { found: Found; onClose: () => void }): ReactNode {
  const { say } = useServices();
  const place = useRef<HTMLElement>(null);
  useEffect(() => place.current?.focus(), []);
  return (
    <section
      ref={place}
      className="kimi-preview"
      aria-label={say.preview}
      tabIndex={-1}
      onKeyDown={event => {
        if (event.key === 'Escape') {
          event.stopPropagation();
          onClose();
        }
      }}
    >
      <div className="kimi-row">
        <strong className="kimi-grow">
          {say.preview} · {say.tokens(count(found.tokens))}
          {found.hidden > 0 && ` · ${say.hidden(found.hidden)}`}
        </strong>
        <IconButton icon={closeIcon} label={say.close} onClick={onClose} />
      </div>
      <p className="kimi-hint">{say.previewMore}</p>
      <ul>
        {found.parts.map(({ title, tokens }, place) => (
          <li key={place}>
            <span className="kimi-grow">{visible(title)}</span> <span className="kimi-hint">{say.tokens(count(tokens))}</span>
          </li>
        ))}
      </ul>
      {found.leftOut.length > 0 && (
        <p className="kimi-hint">
          {say.leftOut} {visible(found.leftOut.join(', '))}
        </p>
      )}
      <pre tabIndex={0}>{visible(found.text)}</pre>
    </section>
  );
}
