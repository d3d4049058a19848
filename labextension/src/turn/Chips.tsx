/** What code seems to do, read from its text: hints, and said to be hints. */

import type { ReactNode } from 'react';

import { useView } from './context';
import type { Effects } from './events';
import { visible } from './visible';
import { cut } from './words';

/** Kinds that deserve a second look. */
const GRAVE = new Set(['writes files', 'deletes files', 'network', 'shell', 'installs', 'deletes', 'dynamic']);
/** Kinds that touch the session. */
const TOUCHING = new Set(['changes', 'long loop']);

export function Chips({ effects }: { effects: Effects }): ReactNode {
  const { say } = useView();
  const kinds = Object.entries(effects);
  if (!kinds.length) {
    return null;
  }
  return (
    <ul className="kimi-chips" aria-label={say.effects} title={say.effects}>
      {kinds.map(([kind, names]) => (
        <li key={kind} className={GRAVE.has(kind) ? 'kimi-chip kimi-grave' : TOUCHING.has(kind) ? 'kimi-chip kimi-touching' : 'kimi-chip'}>
          <b>{visible(say.effect(kind))}</b>
          {names.length > 0 && ` ${visible(cut(names.join(', '), 120))}`}
        </li>
      ))}
    </ul>
  );
}
