/** The model's plan as a checklist. While the turn runs the user may change it; the model gets it with its next step. */

import { type ReactNode, useState } from 'react';

import { useChangingView } from './context';
import type { PlanItem } from './events';
import { Line } from './Line';
import { visible } from './visible';

export function Plan(): ReactNode {
  const { store, host, say } = useChangingView();
  const { turn } = store;
  // The user's own changes are shown at once, until the model's plan changes.
  const [mine, setMine] = useState<{ readonly of: readonly PlanItem[]; readonly items: readonly PlanItem[] } | null>(null);
  const items = mine?.of === turn.plan ? mine.items : turn.plan;
  if (!items.length) {
    return null;
  }
  const { plan } = host;
  const change =
    store.live && turn.reason === null && plan
      ? (changed: readonly PlanItem[]): void => {
          setMine({ of: turn.plan, items: changed });
          plan(changed);
          store.said = say.planSent;
        }
      : null;
  const put = (place: number, item: PlanItem): void => change?.(items.map((old, at) => (at === place ? item : old)));
  return (
    <section className="kimi-plan" aria-label={say.plan}>
      <strong>{say.plan}</strong>
      <ol>
        {items.map((item, place) => (
          <li key={place} className={`kimi-plan-${item.state}`}>
            <label>
              <input
                type="checkbox"
                checked={item.state === 'done'}
                disabled={!change}
                onChange={event =>
                  event.nativeEvent.isTrusted &&
                  put(place, { ...item, state: item.state === 'done' ? 'open' : 'done' })
                }
              />
              {visible(item.text)}
            </label>
            {change && item.state === 'open' && (
              <button
                type="button"
                className="kimi-drop"
                aria-label={say.planDrop(item.text)}
                onClick={event => event.isTrusted && put(place, { ...item, state: 'dropped' })}
              >
                ×
              </button>
            )}
          </li>
        ))}
      </ol>
      {change && (
        <Line
          label={say.planAdd}
          hint={say.planAdd}
          longest={200}
          onSend={text => change([...items, { text, state: 'open' }])}
        />
      )}
    </section>
  );
}
