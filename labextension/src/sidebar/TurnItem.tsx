/** A question and its answer: the turn's own view, which follows the turn by itself. */

import { memo, useEffect, useLayoutEffect, useMemo, useRef, useState, type ReactNode } from 'react';

import { TurnPlace } from '../turn';
import { useFollowed } from '../turn/observable';
import { visible } from '../turn/visible';
import { CopyButton } from './Buttons';
import type { Chat } from './chat';
import { useServices } from './context';
import { Question } from './Question';
import { ScratchOutputs } from './ScratchOutputs';
import type { Near } from './TurnList';
import type { ShownTurn } from './turns';

/** The height of an answer that was not drawn yet, in pixels. */
const GUESSED = 160;

interface Props {
  readonly chat: Chat;
  readonly turn: ShownTurn;
  readonly number: number;
  readonly last: boolean;
  readonly seen: Near;
}

export const TurnItem = memo(function TurnItem({ chat, turn, number, last, seen }: Props): ReactNode {
  const { say } = useServices();
  const article = useRef<HTMLElement>(null);
  const [near, setNear] = useState(last);
  const [editing, setEditing] = useState(false);
  useEffect(() => (article.current ? seen(article.current, setNear) : undefined), [seen]);
  useEffect(() => {
    if (near && chat.ready) {
      chat.turns.complete(turn);
    }
  }, [chat, turn, near]);
  return (
    <article ref={article} className="kimi-message" aria-label={say.question(number)}>
      {editing ? (
        <EditQuestion chat={chat} turn={turn} onClose={() => setEditing(false)} />
      ) : (
        <Asked turn={turn} />
      )}
      <Answer chat={chat} turn={turn} near={near} />
      {near && !editing && (
        <Tools chat={chat} turn={turn} last={last} onEdit={() => setEditing(true)} />
      )}
    </article>
  );
});

function Asked({ turn }: { turn: ShownTurn }): ReactNode {
  const { say, language } = useServices();
  useFollowed(turn);
  const time = turn.at ? new Date(turn.at) : null;
  return (
    <div className="kimi-asked">
      <p className="kimi-asked-head">
        <span>{turn.place === 'cell' ? say.youInCell : say.you}</span>
        {time && (
          <time dateTime={time.toISOString()} title={time.toLocaleString(language)}>
            {time.toLocaleTimeString(language, { hour: '2-digit', minute: '2-digit' })}
          </time>
        )}
      </p>
      <p className="kimi-asked-text">{visible(turn.prompt)}</p>
    </div>
  );
}

/** The turn's view while it is near what is seen; else the room that it took. */
function Answer({ chat, turn, near }: { chat: Chat; turn: ShownTurn; near: boolean }): ReactNode {
  const { openLink, diff } = useServices();
  const place = useRef<HTMLDivElement>(null);
  const height = useRef(GUESSED);
  const host = useMemo(() => ({ ...chat.hostOf(turn, openLink), diff }), [chat, turn, openLink, diff]);
  useLayoutEffect(() => {
    const element = place.current;
    if (!near || !element) {
      return;
    }
    // While it is drawn: where this effect ends, what was drawn is gone already.
    const measured = new ResizeObserver(() => (height.current = element.offsetHeight));
    measured.observe(element);
    return () => measured.disconnect();
  }, [near]);
  return (
    <div ref={place} className="kimi-answered" style={near ? undefined : { minHeight: height.current }}>
      {near && (
        <>
          <TurnPlace store={turn.store} host={host} />
          <ScratchOutputs turn={turn} />
        </>
      )}
    </div>
  );
}

interface ToolsProps {
  readonly chat: Chat;
  readonly turn: ShownTurn;
  readonly last: boolean;
  readonly onEdit: () => void;
}

function Tools({ chat, turn, last, onEdit }: ToolsProps): ReactNode {
  const { say } = useServices();
  useFollowed(turn);
  if (turn.running) {
    return null;
  }
  const { answer, reason } = turn.store.turn;
  return (
    <div className="kimi-message-tools">
      {last && reason !== 'complete' && chat.ready && (
        <button
          type="button"
          className="kimi-plain"
          title={say.goOnHint}
          onClick={event => event.isTrusted && void chat.resume(turn)}
        >
          {say.goOn}
        </button>
      )}
      <CopyButton text={() => turn.prompt} label={say.copyQuestion} />
      {answer && <CopyButton text={() => answer} label={say.copyAnswer} />}
      {last && turn.place === 'sidebar' && chat.ready && (
        <button type="button" className="kimi-plain" onClick={onEdit}>
          {say.editQuestion}
        </button>
      )}
      <Revert chat={chat} turn={turn} />
    </div>
  );
}

/** Brings the notebook's cells back as they were before the turn, where it changed any. */
function Revert({ chat, turn }: { chat: Chat; turn: ShownTurn }): ReactNode {
  const { say, acts } = useServices();
  const [line, setLine] = useState(acts?.revertable(turn.id) ?? '');
  useEffect(() => {
    const onChanged = (_: unknown, changed: string): void => {
      if (changed === turn.id) {
        setLine(acts?.revertable(turn.id) ?? '');
      }
    };
    acts?.changed.connect(onChanged);
    return () => {
      acts?.changed.disconnect(onChanged);
    };
  }, [acts, turn]);
  if (!acts || !line) {
    return null;
  }
  const revert = async (): Promise<void> => {
    turn.store.said = await acts.revert(chat.panel, turn.id);
  };
  return (
    <button
      type="button"
      className="kimi-plain"
      title={line}
      onClick={event => {
        if (event.isTrusted) {
          void revert();
        }
      }}
    >
      {say.revert}
    </button>
  );
}

function EditQuestion({ chat, turn, onClose }: { chat: Chat; turn: ShownTurn; onClose: () => void }): ReactNode {
  const { say } = useServices();
  const submit = (text: string): void => {
    onClose();
    void chat.resend(turn, text);
  };
  return (
    <Question
      label={say.editQuestion}
      hint={say.editing}
      text={turn.prompt}
      submit={say.askAgain}
      onSubmit={submit}
      onCancel={onClose}
    />
  );
}
