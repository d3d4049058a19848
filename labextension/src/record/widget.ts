/** A saved record as a widget of JupyterLab: the turn's view, with nobody behind it but, for Undo, a living kernel. */

import type { IRenderMime } from '@jupyterlab/rendermime-interfaces';
import type { Message } from '@lumino/messaging';
import { Widget } from '@lumino/widgets';

import { openAddress } from '../page';
import { messages, mountTurn, TurnStore } from '../turn';
import { MIME } from './mime';
import { parseRecord } from './parse';
import type { KernelUndo } from './undo';

/** What a record may ask of the notebook around it. */
export interface Around {
  /** Puts sources into new cells below the one whose output holds a node; tells whether it could. */
  cellsBelow(node: HTMLElement): (sources: readonly string[]) => boolean;
  /** What the kernel of the notebook around a node could undo; null where it is in none. */
  undo(node: HTMLElement): KernelUndo | null;
}

export class RecordWidget extends Widget implements IRenderMime.IRenderer {
  private unmount: (() => void) | null = null;
  private store: TurnStore | null = null;
  private turn = '';
  private kernel: KernelUndo | null = null;

  constructor(
    private readonly language: string,
    private readonly around: Around | null
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
    this.unmount = this.store = null;
    const record = parseRecord(data);
    if (!record) {
      this.node.textContent = messages(this.language).unreadable;
      return;
    }
    const store = (this.store = new TurnStore());
    this.turn = record.turn;
    store.reset(record.events, record.times);
    store.live = false;
    const place = document.createElement('div');
    this.node.replaceChildren(place);
    this.unmount = mountTurn(place, store, {
      decide: nobody,
      stop: nobody,
      note: nobody,
      undo: () => void this.undo(),
      cell: this.around && (calls => this.makeCells(calls)),
      openLink: openAddress,
      language: this.language
    });
    this.showOffer();
  }

  protected override onAfterAttach(message: Message): void {
    super.onAfterAttach(message);
    this.kernel = this.around?.undo(this.node) ?? null;
    this.kernel?.changed.connect(this.showOffer);
    this.showOffer();
  }

  protected override onBeforeDetach(message: Message): void {
    this.leaveKernel();
    super.onBeforeDetach(message);
  }

  override dispose(): void {
    this.leaveKernel();
    this.unmount?.();
    this.unmount = this.store = null;
    super.dispose();
  }

  private leaveKernel(): void {
    this.kernel?.changed.disconnect(this.showOffer);
    this.kernel = null;
  }

  /** Undo is offered where it would undo a run of this very turn. */
  private readonly showOffer = (): void => {
    const offer = this.kernel?.offer;
    if (this.store) {
      this.store.undo = offer && this.turn !== '' && offer.turn === this.turn ? offer.line : '';
    }
  };

  private async undo(): Promise<void> {
    const { kernel, store, turn } = this;
    const say = messages(this.language);
    const offer = kernel?.offer;
    if (!kernel || !store || offer?.turn !== turn) {
      return;
    }
    if (!kernel.idle) {
      store.said = say.busy;
      return;
    }
    try {
      store.said = await kernel.undo(offer);
    } catch {
      store.said = say.noKernel; // it went away meanwhile
    }
  }

  private makeCells(calls: readonly string[]): void {
    const { store } = this;
    if (store && !this.around?.cellsBelow(this.node)(sources(store, calls))) {
      store.said = messages(this.language).apart;
    }
  }
}

function nobody(): void {
  // A record has nobody behind it who decides, and the view offers nothing that would need them.
}

/** The code of these calls; of all that ran well where none is named. */
function sources(store: TurnStore, calls: readonly string[]): string[] {
  const wanted = store.turn.calls.filter(call =>
    calls.length ? calls.includes(call.proposal.call) : call.status === 'ok'
  );
  return wanted.map(call => call.code).filter(code => code !== null);
}
