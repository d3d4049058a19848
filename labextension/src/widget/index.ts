/** The anywidget module: a link a model, a view for each place it is shown in. */

import { mountTurn, type TurnHost } from '../turn';
import { openAddress, pageLanguage } from '../page';
import { Link, type Model } from './link';

const links = new WeakMap<object, Link>();

function linkOf(model: Model): Link {
  const known = links.get(model);
  if (known) {
    return known;
  }
  const made = new Link(model);
  links.set(model, made);
  return made;
}

function hostOf(link: Link): TurnHost {
  return {
    decide: decision => link.decide(decision),
    stop: () => link.send('stop'),
    note: text => link.send('note', { text }),
    undo: () => link.send('undo'),
    cell: calls => link.send('cell', { calls }),
    openLink: openAddress,
    language: pageLanguage()
  };
}

export default {
  initialize({ model }: { model: Model }): () => void {
    const link = linkOf(model);
    return () => {
      link.dispose();
      links.delete(model);
    };
  },

  render({ model, el }: { model: Model; el: HTMLElement }): () => void {
    const link = linkOf(model);
    const place = document.createElement('div');
    el.append(place);
    return mountTurn(place, link.store, hostOf(link));
  }
};
