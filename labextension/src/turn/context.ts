/** What every component of the view may need: the host, the store and the texts. */

import { createContext, useContext } from 'react';

import type { TurnHost } from './host';
import { useFollowed } from './observable';
import type { TurnStore } from './store';
import type { Messages } from './words';

export interface View {
  readonly host: TurnHost;
  readonly store: TurnStore;
  readonly say: Messages;
}

export const ViewContext = createContext<View | null>(null);

export function useView(): View {
  const view = useContext(ViewContext);
  if (!view) {
    throw new Error('a part of the turn view outside of it');
  }
  return view;
}

/** The view, drawn anew whenever its store changes. */
export function useChangingView(): View {
  const view = useView();
  useFollowed(view.store);
  return view;
}
