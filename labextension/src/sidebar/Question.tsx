/** A question that is being changed. */

import { useRef, type ReactNode } from 'react';

import { useServices } from './context';
import { TextBox } from './TextBox';

interface Props {
  readonly label: string;
  readonly hint: string;
  readonly text: string;
  readonly submit: string;
  readonly onSubmit: (text: string) => void;
  readonly onCancel: () => void;
}

export function Question({ label, hint, text, submit, onSubmit, onCancel }: Props): ReactNode {
  const { say } = useServices();
  const box = useRef<HTMLTextAreaElement>(null);
  const send = (): void => {
    const now = box.current?.value.trim();
    if (now) {
      onSubmit(now);
    }
  };
  return (
    <div className="kimi-asked kimi-asked-edit">
      <TextBox
        ref={box}
        label={label}
        text={text}
        focused
        onKeyDown={event => {
          if (event.key === 'Escape') {
            event.stopPropagation();
            onCancel();
          } else if (event.key === 'Enter' && !event.shiftKey && event.nativeEvent.isTrusted && !event.repeat) {
            event.preventDefault();
            send();
          }
        }}
      />
      <p className="kimi-hint">{hint}</p>
      <div className="kimi-row">
        <button type="button" className="kimi-push kimi-push-first" onClick={event => event.isTrusted && send()}>
          {submit}
        </button>
        <button type="button" className="kimi-push" onClick={onCancel}>
          {say.cancel}
        </button>
      </div>
    </div>
  );
}
