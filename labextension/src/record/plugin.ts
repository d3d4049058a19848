/** Saved records are drawn with the view that drew them live. */

import type { JupyterFrontEnd, JupyterFrontEndPlugin } from '@jupyterlab/application';
import { INotebookTracker } from '@jupyterlab/notebook';
import { IRenderMimeRegistry } from '@jupyterlab/rendermime';
import { ITranslator } from '@jupyterlab/translation';

import { languageTag } from '../page';
import { cellsBelow } from './cells';
import { LazyRecord } from './lazy';
import { MIME } from './mime';
import { undoAround } from './undo';
import type { Around } from './widget';

/** Before text/html (60), which every record has as well. */
const RANK = 40;

export const records: JupyterFrontEndPlugin<void> = {
  id: 'kimi-jupyter:records',
  description: 'Draws the saved records of turns.',
  autoStart: true,
  requires: [IRenderMimeRegistry],
  optional: [INotebookTracker, ITranslator],
  activate: (
    _: JupyterFrontEnd,
    registry: IRenderMimeRegistry,
    notebooks: INotebookTracker | null,
    translator: ITranslator | null
  ) => {
    const language = languageTag(translator?.languageCode);
    const around: Around | null = notebooks && {
      cellsBelow: node => cellsBelow(notebooks, node),
      undo: node => undoAround(notebooks, node)
    };
    registry.addFactory(
      {
        safe: true,
        mimeTypes: [MIME],
        defaultRank: RANK,
        createRenderer: () => new LazyRecord(language, around)
      },
      RANK
    );
  }
};
