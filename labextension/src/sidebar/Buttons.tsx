/** Buttons of the sidebar: with an icon alone, or a text to copy. */

import type { LabIcon } from '@jupyterlab/ui-components';
import { useEffect, useState, type MouseEvent, type ReactNode } from 'react';

import { copyText } from '../turn';
import { useServices } from './context';

interface Props {
  readonly icon: LabIcon;
  readonly label: string;
  readonly onClick: (event: MouseEvent) => void;
  readonly expanded?: boolean;
  readonly disabled?: boolean;
  readonly className?: string;
}

export function IconButton({ icon: Icon, label, onClick, expanded, disabled = false, className = '' }: Props): ReactNode {
  return (
    <button
      type="button"
      className={`kimi-icon ${className}`}
      aria-label={label}
      aria-expanded={expanded}
      title={label}
      disabled={disabled}
      onClick={onClick}
    >
      <Icon.react tag="span" aria-hidden="true" />
    </button>
  );
}

/** Copies a text, and says so for a moment. */
export function CopyButton({ text, label }: { text: () => string; label: string }): ReactNode {
  const { say } = useServices();
  const [copied, setCopied] = useState(false);
  useEffect(() => {
    const timer = copied ? setTimeout(() => setCopied(false), 2000) : undefined;
    return () => clearTimeout(timer);
  }, [copied]);
  return (
    <button
      type="button"
      className="kimi-plain"
      onClick={() => void copyText(text()).then(done => setCopied(done))}
    >
      {copied ? say.copied : label}
    </button>
  );
}
