/** Copies a text, and says that it did. */

import { useEffect, useState, type ReactNode } from 'react';

import { copyText } from './clipboard';
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
      onClick={() => void copyText(text).then(done => setCopied(done))}
    >
      {copied ? say.copied : say.copy}
    </button>
  );
}
