/** Copies a text, and says that it did. */

import { useEffect, useState, type ReactNode } from 'react';

import { useView } from './context';

export function CopyButton({ text }: { text: string }): ReactNode {
  const { say } = useView();
  const [copied, setCopied] = useState(false);
  useEffect(() => {
    const timer = copied ? setTimeout(() => setCopied(false), 2000) : undefined;
    return () => clearTimeout(timer);
  }, [copied]);
  return (
    <button
      type="button"
      className="kimi-button kimi-quiet kimi-copy"
      onClick={() => void copy(text).then(done => setCopied(done))}
    >
      {copied ? say.copied : say.copy}
    </button>
  );
}

/** To the clipboard, which pages without https don't have: there by a selection. */
async function copy(text: string): Promise<boolean> {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    const area = document.createElement('textarea');
    area.value = text;
    area.setAttribute('aria-hidden', 'true');
    area.style.position = 'fixed';
    area.style.opacity = '0';
    document.body.append(area);
    area.select();
    // eslint-disable-next-line @typescript-eslint/no-deprecated -- all there is where there is no clipboard
    const done = document.execCommand('copy');
    area.remove();
    return done;
  }
}
