/** The endpoint, the model, and the rules that hold, as the kernel tells them. Keys are not typed in here. */

import { useEffect, useId, useState, type ReactNode } from 'react';

import type { KernelState } from '../link/protocol';
import { useFollowed } from '../turn/observable';
import { cost, count } from '../turn/words';
import type { Chat } from './chat';
import { useServices } from './context';
import { share } from './Meter';

interface Props {
  readonly chat: Chat;
  readonly state: KernelState;
  readonly onClose: () => void;
}

export function Controls({ chat, state, onClose }: Props): ReactNode {
  const { say, settings } = useServices();
  const { now } = useFollowed(settings);
  const set = (name: string, value: string | number | null): void => chat.tell('set', { name, value });
  const approvals = ['ask', 'never', ...(state.approve === 'auto' ? ['auto'] : [])];
  return (
    <section
      className="kimi-controls"
      aria-label={say.controls}
      onKeyDown={event => {
        if (event.key === 'Escape') {
          onClose();
        }
      }}
    >
      <Choice
        label={say.endpoint}
        value={state.endpoint.provider}
        items={state.endpoints.map(({ name, title, ready }) => [name, ready ? title : `${title} (${say.notReady})`])}
        onChoose={value => set('provider', value)}
      />
      <Model chat={chat} state={state} onChoose={value => set('model', value)} />
      <Choice
        label={say.approval}
        value={state.approve}
        items={approvals.map(name => [name, name in say.approvals ? say.approvals[name as 'ask'] : name])}
        onChoose={value => set('approve', value)}
      />
      <Choice
        label={say.detail}
        value={state.detail}
        items={state.details.map(name => [name, name in say.details ? say.details[name as 'sample'] : name])}
        onChoose={value => set('detail', value)}
      />
      <Choice
        label={say.place}
        value={now.place}
        items={[
          ['cell', say.places.cell],
          ['scratch', say.places.scratch]
        ]}
        onChoose={value => settings.set('place', value)}
      />
      {state.budget !== null && <Budget budget={state.budget} onChoose={value => set('max_cost', value)} />}
      <p className="kimi-hint" aria-label={say.usage}>
        {usage(state, say)}
      </p>
    </section>
  );
}

function usage(state: KernelState, say: ReturnType<typeof useServices>['say']): string {
  const parts = [say.tokens(count(state.tokens))];
  if (state.cost !== null) {
    parts.push(cost(state.cost));
  }
  if (state.fill !== null && state.window) {
    parts.push(say.fill(share(state.fill), say.tokens(count(state.window))));
  }
  return parts.join(' · ');
}

interface ChoiceProps {
  readonly label: string;
  readonly value: string;
  readonly items: readonly (readonly [value: string, text: string])[];
  readonly onChoose: (value: string) => void;
}

function Choice({ label, value, items, onChoose }: ChoiceProps): ReactNode {
  const known = items.some(([name]) => name === value) ? items : [[value, value] as const, ...items];
  return (
    <label className="kimi-control">
      <span>{label}</span>
      <select className="kimi-box" value={value} onChange={event => onChoose(event.target.value)}>
        {known.map(([name, text]) => (
          <option key={name} value={name}>
            {text}
          </option>
        ))}
      </select>
    </label>
  );
}

/** A name of the endpoint's list, or any other. */
function Model({ chat, state, onChoose }: { chat: Chat; state: KernelState; onChoose: (name: string) => void }): ReactNode {
  const { say } = useServices();
  const { provider, model } = state.endpoint;
  const list = useId();
  const [names, setNames] = useState<readonly string[]>([]);
  useEffect(() => {
    let current = true;
    chat.linked.ask('models', {}).then(
      found => current && setNames(found.names),
      () => undefined // the endpoint tells none: any name can be typed
    );
    return () => {
      current = false;
    };
  }, [chat, provider]);
  const take = (name: string): void => {
    if (name.trim() && name.trim() !== model) {
      onChoose(name.trim());
    }
  };
  return (
    <label className="kimi-control">
      <span>{say.model}</span>
      <input
        key={model}
        className="kimi-box"
        list={list}
        defaultValue={model}
        spellCheck={false}
        onBlur={event => take(event.target.value)}
        onKeyDown={event => {
          if (event.key === 'Enter') {
            take(event.currentTarget.value);
          }
        }}
      />
      <datalist id={list}>
        {names.map(name => (
          <option key={name} value={name} />
        ))}
      </datalist>
    </label>
  );
}

function Budget({ budget, onChoose }: { budget: number; onChoose: (value: number) => void }): ReactNode {
  const { say } = useServices();
  const take = (text: string): void => {
    const value = Number(text);
    if (text.trim() && Number.isFinite(value) && value >= 0 && value !== budget) {
      onChoose(value);
    }
  };
  return (
    <label className="kimi-control">
      <span>{say.budget}</span>
      <input
        key={budget}
        className="kimi-box"
        type="number"
        title={say.budgetHint}
        min={0}
        step={0.1}
        defaultValue={budget}
        onBlur={event => take(event.target.value)}
        onKeyDown={event => {
          if (event.key === 'Enter') {
            take(event.currentTarget.value);
          }
        }}
      />
    </label>
  );
}
