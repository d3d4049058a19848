/** Where a question is written: with what goes along, and what can be named in it. */

import { addIcon, closeIcon, fileIcon, stopIcon } from '@jupyterlab/ui-components';
import { useEffect, useRef, type ReactNode } from 'react';

import { useFollowed } from '../turn/observable';
import { visible } from '../turn/visible';
import { submit } from './asking';
import { IconButton } from './Buttons';
import type { Chat } from './chat';
import { useServices } from './context';
import { useDrops } from './drops';
import { sendIcon } from './icon';
import { Meter } from './Meter';
import { useOffers } from './offers';
import { PreviewFold } from './Preview';
import { optionId, Suggestions } from './Suggestions';
import { fit, TextBox } from './TextBox';

export function Composer({ chat, onControls }: { chat: Chat; onControls: () => void }): ReactNode {
  const services = useServices();
  const { say } = services;
  const box = useRef<HTMLTextAreaElement>(null);
  const place = useRef<HTMLDivElement>(null);
  const over = useDrops(place, chat);
  const offers = useOffers(chat, box);
  useDraftChanges(chat, box);
  useFollowed(chat);
  const running = useFollowed(chat.turns).running;
  const send = (): void => void submit(services, chat);
  return (
    <div ref={place} className={over ? 'kimi-composer kimi-over' : 'kimi-composer'}>
      <Attachments chat={chat} />
      <TextBox
        ref={box}
        label={say.ask}
        text={chat.draft.text}
        placeholder={over ? say.dropHere : say.askHint}
        aria-autocomplete="list"
        aria-haspopup="listbox"
        aria-controls={offers.items.length ? offers.id : undefined}
        aria-activedescendant={offers.items.length ? optionId(offers.id, offers.chosen) : undefined}
        onInput={event => {
          chat.draft.type(event.currentTarget.value);
          offers.look();
        }}
        onBlur={offers.close}
        onKeyDown={event => {
          if (!offers.onKey(event) && event.key === 'Enter' && !event.shiftKey) {
            event.preventDefault();
            if (event.nativeEvent.isTrusted && !event.repeat) {
              send();
            }
          }
        }}
      />
      {offers.items.length > 0 && (
        <Suggestions id={offers.id} items={offers.items} chosen={offers.chosen} onChoose={offers.choose} />
      )}
      <div className="kimi-composer-tools">
        <IconButton
          icon={addIcon}
          label={say.attach}
          disabled={!services.mentions}
          onClick={() => {
            const selected = services.mentions?.selected(chat.panel);
            if (selected) {
              chat.draft.attach(selected);
            }
            box.current?.focus();
          }}
        />
        <PreviewFold chat={chat} />
        <Meter chat={chat} onClick={onControls} />
        {running || chat.sending ? (
          <IconButton
            icon={stopIcon}
            label={say.cancelAnswer}
            className="kimi-send"
            onClick={event => event.isTrusted && chat.tell('stop', { turn: running?.id ?? '' })}
          />
        ) : (
          <SendButton chat={chat} onClick={send} />
        )}
      </div>
    </div>
  );
}

function SendButton({ chat, onClick }: { chat: Chat; onClick: () => void }): ReactNode {
  const { say } = useServices();
  useFollowed(chat.draft);
  return (
    <IconButton
      icon={sendIcon}
      label={say.send}
      className="kimi-send"
      disabled={chat.draft.empty || chat.waiting}
      onClick={event => event.isTrusted && onClick()}
    />
  );
}

function Attachments({ chat }: { chat: Chat }): ReactNode {
  const { say } = useServices();
  const { attachments } = useFollowed(chat.draft);
  if (!attachments.length) {
    return null;
  }
  return (
    <ul className="kimi-attachments" aria-label={say.attachments}>
      {attachments.map(({ name, text }) => (
        <li key={name} title={visible(text.slice(0, 600))}>
          <fileIcon.react tag="span" aria-hidden="true" />
          <span className="kimi-attachment-name">{visible(name)}</span>
          <IconButton icon={closeIcon} label={say.remove(visible(name))} onClick={() => chat.draft.detach(name)} />
        </li>
      ))}
    </ul>
  );
}

/** Show what was put into the draft by others than the keyboard. */
function useDraftChanges(chat: Chat, box: { readonly current: HTMLTextAreaElement | null }): void {
  const { replaced: count } = useFollowed(chat.draft);
  useEffect(() => {
    const input = box.current;
    if (input && input.value !== chat.draft.text) {
      input.value = chat.draft.text;
      fit(input);
    }
  }, [chat, box, count]);
}
