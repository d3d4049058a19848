/**
 * The view of one turn: state in, callbacks out, no Jupyter inside.
 *
 * Two hosts use it: the widget's module, and the labextension. A host keeps a `TurnStore`, feeds it, and mounts views.
 */

import { type ReactNode, StrictMode, useMemo } from 'react';
import { createRoot } from 'react-dom/client';

import { ViewContext } from './context';
import type { TurnHost } from './host';
import type { TurnStore } from './store';
import { TurnView } from './TurnView';
import { messages } from './words';

export { useCopying } from './clipboard';
export { isObject, parseEvents, type TurnEvent } from './events';
export type { Decision, MountDiff, Open, Subject, TurnHost } from './host';
export { Following } from './following';
export { TurnStore } from './store';
export { parseTimes, type Times } from './times';
export { messages } from './words';

/** A store's turn, for a host that is drawn by React itself. */
export function TurnPlace({ store, host }: { store: TurnStore; host: TurnHost }): ReactNode {
  const say = messages(host.language);
  const view = useMemo(() => ({ host, store, say }), [host, store, say]);
  // Keys pressed in here are meant for what is in here, not for the notebook around it.
  return (
    <div className="kimi-turn" lang={say === messages('zh') ? 'zh-CN' : 'en'} data-lm-suppress-shortcuts="true">
      <ViewContext.Provider value={view}>
        <TurnView />
      </ViewContext.Provider>
    </div>
  );
}

/** Show a store's turn in an element; returns what takes it away again. */
export function mountTurn(element: HTMLElement, store: TurnStore, host: TurnHost): () => void {
  const root = createRoot(element);
  root.render(
    <StrictMode>
      <TurnPlace store={store} host={host} />
    </StrictMode>
  );
  return () => root.unmount();
}
