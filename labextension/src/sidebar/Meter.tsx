/** The model, and what the conversation used of its window and cost so far: a line that opens the controls. */

import type { ReactNode } from 'react';

import { useFollowed } from '../turn/observable';
import { visible } from '../turn/visible';
import { cost, cut } from '../turn/words';
import type { Chat } from './chat';
import { useServices } from './context';

/** `42 %`; `<1 %` where it is little. */
export function share(fill: number): string {
  return fill > 0 && fill < 0.01 ? '<1 %' : `${Math.round(fill * 100)} %`;
}

export function Meter({ chat, onClick }: { chat: Chat; onClick: () => void }): ReactNode {
  const { say } = useServices();
  const { state } = useFollowed(chat);
  if (!state) {
    return <span className="kimi-grow" />;
  }
  const parts = [
    state.fill ? share(state.fill) : '',
    state.cost ? cost(state.cost) : ''
  ].filter(Boolean);
  return (
    <button type="button" className="kimi-meter" title={say.controls} onClick={onClick}>
      <span className="kimi-meter-model">{visible(cut(state.endpoint.model, 60))}</span>
      {parts.length > 0 && <span className="kimi-meter-used">{parts.join(' · ')}</span>}
    </button>
  );
}
