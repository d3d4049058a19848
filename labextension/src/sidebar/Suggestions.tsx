/** The list of what can be chosen while a question is typed; the keys stay with the input. */

import { useEffect, useRef, type ReactNode } from 'react';

import { visible } from '../turn/visible';
import { useServices } from './context';
import type { Suggestion } from './suggesting';

interface Props {
  readonly id: string;
  readonly items: readonly Suggestion[];
  readonly chosen: number;
  readonly onChoose: (item: Suggestion) => void;
}

export function optionId(list: string, place: number): string {
  return `${list}-${place}`;
}

export function Suggestions({ id, items, chosen, onChoose }: Props): ReactNode {
  const { say } = useServices();
  const list = useRef<HTMLUListElement>(null);
  useEffect(() => {
    list.current?.children[chosen]?.scrollIntoView({ block: 'nearest' });
  }, [chosen]);
  return (
    <ul
      ref={list}
      id={id}
      className="kimi-suggestions"
      role="listbox"
      aria-label={say.suggestions}
      // It can be scrolled, so it can have the focus; but the input keeps it, and Tab there chooses.
      tabIndex={0}
      onMouseDown={event => event.preventDefault()}
    >
      {items.map((item, place) => {
        const [label, detail, kind] = shown(item);
        return (
          <li
            key={`${kind} ${label} ${place}`}
            id={optionId(id, place)}
            role="option"
            aria-selected={place === chosen}
            onClick={() => onChoose(item)}
          >
            <span className="kimi-suggestion-name">{visible(label)}</span>
            <span className="kimi-suggestion-detail">{visible(detail)}</span>
            <span className="kimi-tag">{say.kinds[kind]}</span>
          </li>
        );
      })}
    </ul>
  );
}

function shown(item: Suggestion): [label: string, detail: string, kind: 'variable' | 'cell' | 'file' | 'heading' | 'command' | 'prompt'] {
  return item.is === 'slash'
    ? [`/${item.slash.name}`, item.slash.detail, item.slash.kind]
    : [item.mention.label, item.mention.detail, item.mention.kind];
}
