/**
 * Run, edit or refuse: the only place where a decision is made (hazards §2).
 *
 * It needs a real click of a person who has had the whole code on screen for a moment. Focus starts on Refuse, and no
 * key that is held down or pressed elsewhere runs anything.
 */

import { useEffect, useRef, useState, type KeyboardEvent, type MouseEvent, type ReactNode } from 'react';

import { useChangingView } from './context';
import { sha256 } from './digest';
import type { Decision, Open } from './host';
import { Line } from './Line';

/** Milliseconds after which an open card may be run. */
const SETTLE = 500;

interface Props {
  readonly open: Open;
  /** The text on screen, null for a call without code. */
  readonly shown: string | null;
  /** What a call without code is bound to. */
  readonly digestOf: string;
  readonly editing: boolean;
  /** Whether the text on screen is not the model's any more. */
  readonly edited: boolean;
  readonly readToEnd: boolean;
  readonly onEdit: ((on: boolean) => void) | null;
}

export function DecisionBar({ open, shown, digestOf, editing, edited, readToEnd, onEdit }: Props): ReactNode {
  const { host, say, store } = useChangingView();
  const [refusing, setRefusing] = useState(false);
  // Sent at the count of refusals that it was sent at: one more, and it can be decided again.
  const [sentAt, setSentAt] = useState(-1);
  const sent = sentAt === store.refusals;
  const bar = useRef<HTMLDivElement>(null);
  const refuse = useRef<HTMLButtonElement>(null);
  const opened = useRef(performance.now());
  const settled = useSettled(bar);
  const ready = settled && readToEnd && !sent;

  useEffect(() => takeFocus(refuse.current), []);

  const decide = async (verdict: Decision['verdict'], reason?: string): Promise<void> => {
    setSentAt(store.refusals);
    // The buttons go away: the keys stay with the card.
    bar.current?.closest<HTMLElement>('.kimi-card')?.focus({ preventScroll: true });
    const seconds = Math.round(performance.now() - opened.current) / 1000;
    const bound = shown === null ? digestOf : await sha256(shown);
    const { call, nonce } = open;
    host.decide({
      call,
      nonce,
      verdict,
      digest: bound,
      seconds,
      ...(verdict === 'edit' && shown !== null ? { code: shown } : {}),
      ...(reason ? { reason } : {})
    });
  };
  const onClick =
    (verdict: Decision['verdict']) =>
    (event: MouseEvent): void => {
      if (event.isTrusted && ready) {
        void decide(verdict);
      }
    };

  return (
    <div className="kimi-decision" ref={bar} onKeyDown={stopHeld}>
      {!readToEnd && <p className="kimi-read-first">{say.readFirst}</p>}
      <div className="kimi-buttons">
        <button type="button" className="kimi-button kimi-primary" disabled={!ready} onClick={onClick(edited ? 'edit' : 'run')}>
          {say.run}
        </button>
        {onEdit && !editing && (
          <button type="button" className="kimi-button" disabled={sent} onClick={event => event.isTrusted && onEdit(true)}>
            {say.edit}
          </button>
        )}
        {onEdit && editing && (
          <button type="button" className="kimi-button" disabled={sent} onClick={() => onEdit(false)}>
            {say.cancelEdit}
          </button>
        )}
        <button
          type="button"
          ref={refuse}
          data-first
          className="kimi-button"
          disabled={sent}
          aria-expanded={refusing}
          onClick={event => event.isTrusted && setRefusing(!refusing)}
        >
          {say.refuse}
        </button>
        {!edited && (
          <span className="kimi-buttons">
            <button type="button" className="kimi-button kimi-quiet" disabled={!ready} onClick={onClick('rest')}>
              {say.rest}
            </button>
            <button type="button" className="kimi-button kimi-quiet" disabled={!ready} onClick={onClick('again')}>
              {say.again}
            </button>
          </span>
        )}
      </div>
      {refusing && !sent && (
        <Line
          label={say.whyRefuse}
          hint={say.whyRefuse}
          longest={2000}
          empty
          focused
          onSend={reason => void decide('deny', reason)}
        />
      )}
      <div className="kimi-hints">
        {edited && <span>{say.isEditing}</span>}
        {open.undo.split('\n').map((line, place) => (
          <span key={place} className={line.startsWith('Careful') ? 'kimi-warn' : 'kimi-faint'}>
            {line}
          </span>
        ))}
      </div>
    </div>
  );
}

/** A key that is held down presses no button. */
function stopHeld(event: KeyboardEvent): void {
  if (event.repeat && event.target instanceof HTMLButtonElement) {
    event.preventDefault();
  }
}

/** Whether the bar has been on screen for a moment. */
function useSettled(bar: { readonly current: HTMLElement | null }): boolean {
  const [settled, setSettled] = useState(false);
  useEffect(() => {
    let timer: ReturnType<typeof setTimeout> | undefined;
    const observer = new IntersectionObserver(entries => {
      const seen = entries.some(entry => entry.isIntersecting);
      if (seen && timer === undefined) {
        timer = setTimeout(() => setSettled(true), SETTLE);
      }
    });
    if (bar.current) {
      observer.observe(bar.current);
    }
    return () => {
      observer.disconnect();
      clearTimeout(timer);
    };
  }, [bar]);
  return settled;
}

/** Focus goes to Refuse, unless somebody is at work elsewhere on the page. */
function takeFocus(button: HTMLElement | null): void {
  const root = button?.getRootNode() as Document | ShadowRoot | undefined;
  const active = root?.activeElement ?? document.activeElement;
  const inside = active?.closest('.kimi-turn') !== null && active !== null;
  if (button && (inside || active === null || active === document.body)) {
    button.focus({ preventScroll: true });
  }
}
