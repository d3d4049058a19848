/** Buttons of the sidebar: with an icon alone, or a text to copy. */

import type { LabIcon } from '@jupyterlab/ui-components';
import type { MouseEvent, ReactNode } from 'react';

import { useCopying } from '../turn';
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
  const [copied, copy] = useCopying();
  return (
    <button type="button" className="kimi-plain" onClick={() => copy(text())}>
      {copied ? say.copied : label}
    </button>
  );
}
