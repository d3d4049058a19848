/** A saved record as a widget of JupyterLab: the turn's view, with nobody behind it. */

import type { IRenderMime } from '@jupyterlab/rendermime-interfaces';
import { Widget } from '@lumino/widgets';

import { openAddress } from '../page';
import { messages, mountTurn, TurnStore } from '../turn';
import { parseRecord } from './parse';

export const MIME = 'application/vnd.kimi-jupyter.turn+json';

/** Puts sources into new cells below the one whose output holds a node; null where that can't be done. */
export type CellsBelow = (node: HTMLElement) => ((sources: readonly string[]) => void) | null;

export class RecordWidget extends Widget implements IRenderMime.IRenderer {
  private unmount: (() => void) | null = null;

  constructor(
    private readonly language: string,
    private readonly cellsBelow: CellsBelow | null
  ) {
    super();
    this.addClass('kimi-record');
  }

  renderModel(model: IRenderMime.IMimeModel): Promise<void> {
    this.draw(model.data[MIME]);
    return Promise.resolve();
  }

  private draw(data: unknown): void {
    this.unmount?.();
    this.unmount = null;
    const record = parseRecord(data);
    if (!record) {
      this.node.textContent = messages(this.language).unreadable;
      return;
    }
    const store = new TurnStore();
    store.reset(record.events, record.times);
    store.live = false;
    const place = document.createElement('div');
    this.node.replaceChildren(place);
    const below = this.cellsBelow?.(this.node) ?? null;
    this.unmount = mountTurn(place, store, {
      decide: nobody,
      stop: nobody,
      note: nobody,
      undo: nobody,
      cell: below && (calls => below(sources(store, calls))),
      openLink: openAddress,
      language: this.language
    });
  }

  override dispose(): void {
    this.unmount?.();
    this.unmount = null;
    super.dispose();
  }
}

function nobody(): void {
  // A record has nobody behind it, and the view offers nothing that would need them.
}

/** The code of these calls; of all that ran well where none is named. */
function sources(store: TurnStore, calls: readonly string[]): string[] {
  const wanted = store.turn.calls.filter(call =>
    calls.length ? calls.includes(call.proposal.call) : call.status === 'ok'
  );
  return wanted.map(call => call.code).filter(code => code !== null);
}
