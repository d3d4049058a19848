/**
 * A line to type in; Enter sends it.
 *
 * Not a form: JupyterLab keeps Enter from submitting one in an output.
 */

import { type ReactNode, useEffect, useRef, useState } from 'react';

interface Props {
  readonly label: string;
  readonly hint: string;
  readonly longest: number;
  /** The button's text; without one Enter is the only way. */
  readonly send?: string;
  /** Whether an empty line may be sent. */
  readonly empty?: boolean;
  readonly focused?: boolean;
  readonly onSend: (text: string) => void;
}

export function Line({ label, hint, longest, send, empty = false, focused = false, onSend }: Props): ReactNode {
  const [text, setText] = useState('');
  const input = useRef<HTMLInputElement>(null);
  useEffect(() => {
    if (focused) {
      input.current?.focus();
    }
  }, [focused]);
  const submit = (): void => {
    if (empty || text.trim()) {
      onSend(text.trim());
      setText('');
    }
  };
  return (
    <div className="kimi-line">
      <input
        ref={input}
        className="kimi-input"
        value={text}
        maxLength={longest}
        aria-label={label}
        placeholder={hint}
        onChange={event => setText(event.target.value)}
        onKeyDown={event => {
          if (event.key === 'Enter' && event.nativeEvent.isTrusted && !event.repeat && !event.nativeEvent.isComposing) {
            event.preventDefault();
            submit();
          }
        }}
      />
      {send && text.trim() && (
        <button type="button" className="kimi-button" onClick={submit}>
          {send}
        </button>
      )}
    </div>
  );
}
