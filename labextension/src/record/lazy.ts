/** A record's place in a page: what draws it is fetched with the first record, not at JupyterLab's start. */

import type { IRenderMime } from '@jupyterlab/rendermime-interfaces';
import { Panel } from '@lumino/widgets';

import type { Around, RecordWidget } from './widget';

export class LazyRecord extends Panel implements IRenderMime.IRenderer {
  private record: Promise<RecordWidget> | null = null;

  constructor(
    private readonly language: string,
    private readonly around: Around | null
  ) {
    super();
  }

  async renderModel(model: IRenderMime.IMimeModel): Promise<void> {
    this.record ??= this.fetch();
    await (await this.record).renderModel(model);
  }

  private async fetch(): Promise<RecordWidget> {
    const { RecordWidget } = await import('./widget');
    const record = new RecordWidget(this.language, this.around);
    if (this.isDisposed) {
      record.dispose();
    } else {
      this.addWidget(record);
    }
    return record;
  }
}
