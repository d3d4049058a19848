/**
 * The anywidget module: a link and a view for each place that a turn is shown in.
 *
 * There is no `initialize`: a kernel's messages make a model in every page and console of it, shown or not, and only a
 * view that can be seen may say that it is there. Models can't be told apart either, as anywidget wraps them anew.
 */

import type { AnyWidget } from '@anywidget/types';

import { openAddress, pageLanguage } from '../page';
import { mountTurn, type TurnHost } from '../turn';
import { Link } from './link';

function hostOf(link: Link): TurnHost {
  return {
    decide: decision => link.decide(decision),
    stop: () => link.act('stop'),
    note: text => link.act('note', { text }),
    plan: items => link.act('plan', { items }),
    undo: () => link.act('undo'),
    cell: calls => link.act('cell', { calls }),
    openLink: openAddress,
    language: pageLanguage()
  };
}

export default {
  render({ model, el }) {
    const link = new Link(model);
    const place = document.createElement('div');
    el.append(place);
    const unmount = mountTurn(place, link.store, hostOf(link));
    return () => {
      unmount();
      link.dispose();
    };
  }
} satisfies AnyWidget;
