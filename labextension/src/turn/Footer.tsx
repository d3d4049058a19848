/** What stands below a turn: how it ended, what it took, what was sent, and, while it runs, stop and a note. */

import { useEffect, useState, type ReactNode } from 'react';

import { useChangingView, useView } from './context';
import { Line } from './Line';
import type { Sent } from './turn';
import { visible } from './visible';
import { count, duration, ending, footer, windowFill } from './words';

export function Footer(): ReactNode {
  const { store, say, host } = useChangingView();
  const { turn } = store;
  const end = ending(turn, say);
  const over = turn.reason !== null;
  const running = store.live && !over;
  const accepted = turn.calls.some(call => call.status === 'ok' && call.code !== null);
  const { cell } = host;
  return (
    <div className="kimi-footer">
      <Notices />
      {end && <p className={`kimi-ending kimi-ending-${turn.reason}`}>{visible(end)}</p>}
      <p role="status" className="kimi-said">
        {visible(store.said)}
      </p>
      <div className="kimi-buttons">
        {running && <Stop />}
        {over && store.undo && (
          <button
            type="button"
            className="kimi-button"
            title={store.undo}
            onClick={event => event.isTrusted && host.undo()}
          >
            {say.undo}
          </button>
        )}
        {over && accepted && cell && (
          <button type="button" className="kimi-button" onClick={event => event.isTrusted && cell([])}>
            {say.cell}
          </button>
        )}
        {running && <WrapUp />}
        {running && <Note />}
      </div>
      <Usage />
      {turn.sent && <WhatWasSent sent={turn.sent} />}
    </div>
  );
}

function Stop(): ReactNode {
  const { host, say } = useView();
  const [stopping, setStopping] = useState(false);
  return (
    <button
      type="button"
      className="kimi-button kimi-stop"
      disabled={stopping}
      onClick={event => {
        if (event.isTrusted) {
          setStopping(true);
          host.stop();
        }
      }}
    >
      {stopping ? say.stopping : say.stop}
    </button>
  );
}

function WrapUp(): ReactNode {
  const { store, host, say } = useView();
  return (
    <button
      type="button"
      className="kimi-button"
      title={say.wrapUpHint}
      onClick={event => {
        if (event.isTrusted) {
          host.note('wrap up');
          store.said = say.wrapUpSent;
        }
      }}
    >
      {say.wrapUp}
    </button>
  );
}

function Note(): ReactNode {
  const { store, host, say } = useView();
  const onSend = (text: string): void => {
    host.note(text);
    store.said = say.noteSent;
  };
  return <Line label={say.noteLabel} hint={say.noteHint} longest={4000} send={say.send} onSend={onSend} />;
}

function Notices(): ReactNode {
  const { store, say } = useView();
  const { turn } = store;
  const lines = counted(turn.notices.map(notice => ({ ...notice })));
  const [, tick] = useState(0);
  const waits = turn.waiting !== null;
  useEffect(() => {
    const timer = waits ? setInterval(() => tick(before => before + 1), 1000) : undefined;
    return () => clearInterval(timer);
  }, [waits]);
  return (
    <>
      {lines.map(([level, text], place) => (
        <p key={place} className={`kimi-notice kimi-notice-${level}`}>
          {visible(text)}
        </p>
      ))}
      {turn.waiting && (
        <p className="kimi-notice" role="timer">
          {visible(turn.waiting.reason)} {say.goesOn(duration(turn.waitsFor, say))}
        </p>
      )}
    </>
  );
}

/** The same notice again is counted, not repeated. */
function counted(notices: readonly { level: string; text: string }[]): [string, string][] {
  const lines: { level: string; text: string; times: number }[] = [];
  for (const { level, text } of notices) {
    const last = lines.at(-1);
    if (last && last.level === level && last.text === text) {
      last.times++;
    } else {
      lines.push({ level, text, times: 1 });
    }
  }
  return lines.map(({ level, text, times }) => [level, times > 1 ? `${text} (×${times})` : text]);
}

function Usage(): ReactNode {
  const { store, say } = useView();
  const { turn } = store;
  const [, tick] = useState(0);
  const running = turn.reason === null;
  useEffect(() => {
    const timer = running ? setInterval(() => tick(before => before + 1), 1000) : undefined;
    return () => clearInterval(timer);
  }, [running]);
  const fill = windowFill(turn);
  return (
    <p className="kimi-usage" aria-label={say.usage}>
      {visible(footer(turn, say))}
      {fill !== null && fill >= 0.05 && (
        <span className="kimi-fill" aria-hidden="true">
          <span style={{ width: `${(fill * 100).toFixed(1)}%` }} />
        </span>
      )}
    </p>
  );
}

function WhatWasSent({ sent }: { sent: Sent }): ReactNode {
  const { say } = useView();
  const total = sent.parts.reduce((sum, part) => sum + part.tokens, 0);
  const hidden = sent.hidden ? ` · ${say.hidden(sent.hidden)}` : '';
  return (
    <details className="kimi-sent">
      <summary>
        {say.sent} · {say.sentTokens(count(total))}
        {hidden}
      </summary>
      {sent.parts.length ? (
        <ul>
          {sent.parts.map((part, place) => (
            <li key={place}>
              {visible(`${part.kind} ${part.title}`)} <span className="kimi-faint">{say.sentTokens(count(part.tokens))}</span>
            </li>
          ))}
        </ul>
      ) : (
        <p>{say.sentNothing}</p>
      )}
      {sent.leftOut.length > 0 && (
        <p className="kimi-faint">
          {say.leftOut} {visible(sent.leftOut.join(', '))}
        </p>
      )}
      {sent.text && <pre tabIndex={0}>{visible(sent.text)}</pre>}
    </details>
  );
}
