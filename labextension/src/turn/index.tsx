/**
 * The view of one turn: state in, callbacks out, no Jupyter inside.
 *
 * Two hosts use it: the widget's module, and the labextension. A host keeps a `TurnStore`, feeds it, and mounts views.
 */

import { StrictMode } from 'react';
import { createRoot } from 'react-dom/client';

import { ViewContext } from './context';
import type { TurnHost } from './host';
import type { TurnStore } from './store';
import { TurnView } from './TurnView';
import { messages } from './words';

export { isObject, parseEvents, type TurnEvent } from './events';
export type { Decision, MountDiff, Open, Subject, TurnHost } from './host';
export { Following } from './following';
export { TurnStore } from './store';
export { parseTimes, type Times } from './times';
export { messages } from './words';

/** Show a store's turn in an element; returns what takes it away again. */
export function mountTurn(element: HTMLElement, store: TurnStore, host: TurnHost): () => void {
  const say = messages(host.language);
  element.classList.add('kimi-turn');
  element.lang = say === messages('zh') ? 'zh-CN' : 'en';
  // Keys pressed in here are meant for what is in here, not for the notebook around it.
  element.dataset.lmSuppressShortcuts = 'true';
  const root = createRoot(element);
  root.render(
    <StrictMode>
      <ViewContext.Provider value={{ host, store, say }}>
        <TurnView />
      </ViewContext.Provider>
    </StrictMode>
  );
  return () => root.unmount();
}
