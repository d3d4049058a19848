/** A box for text that grows with it. React does not hold its text: what is composed in it must not be redrawn. */

import { forwardRef, useEffect, useImperativeHandle, useRef, type KeyboardEvent, type TextareaHTMLAttributes } from 'react';

interface Props extends Omit<TextareaHTMLAttributes<HTMLTextAreaElement>, 'value' | 'defaultValue'> {
  readonly label: string;
  /** Its text at first. */
  readonly text: string;
  readonly focused?: boolean;
  readonly onKeyDown: (event: KeyboardEvent<HTMLTextAreaElement>) => void;
}

export const TextBox = forwardRef<HTMLTextAreaElement, Props>(function TextBox(
  { label, text, focused = false, onInput, onKeyDown, ...others },
  given
) {
  const box = useRef<HTMLTextAreaElement>(null);
  useImperativeHandle(given, () => box.current as HTMLTextAreaElement);
  useEffect(() => {
    const element = box.current;
    if (element) {
      fit(element);
      if (focused) {
        element.focus();
        element.setSelectionRange(element.value.length, element.value.length);
      }
    }
  }, [focused]);
  return (
    <textarea
      {...others}
      ref={box}
      className="kimi-box"
      rows={1}
      spellCheck={false}
      aria-label={label}
      defaultValue={text}
      onInput={event => {
        fit(event.currentTarget);
        onInput?.(event);
      }}
      onKeyDown={event => {
        if (!event.nativeEvent.isComposing) {
          onKeyDown(event);
        }
      }}
    />
  );
});

/** Make a box as high as its text; the style sheet says where that ends. */
export function fit(box: HTMLTextAreaElement): void {
  box.style.height = 'auto';
  box.style.height = `${box.scrollHeight}px`;
}

/** Put the cursor into the sidebar's input, as soon as it was drawn. */
export function focusInput(node: HTMLElement, frames = 60): void {
  const input = node.querySelector<HTMLElement>('.kimi-composer > textarea');
  if (input) {
    input.focus();
  } else if (frames) {
    requestAnimationFrame(() => focusInput(node, frames - 1));
  }
}
