/** Copies a text, and says that it did. */

import type { ReactNode } from 'react';

import { useCopying } from './clipboard';
import { useView } from './context';

export function CopyButton({ text }: { text: string }): ReactNode {
  const { say } = useView();
  const [copied, copy] = useCopying();
  return (
    <button type="button" className="kimi-button kimi-quiet kimi-copy" onClick={() => copy(text)}>
      {copied ? say.copied : say.copy}
    </button>
  );
}
