/** The plugins of the notebook's side. */

import type { JupyterFrontEnd, JupyterFrontEndPlugin } from '@jupyterlab/application';
import { IToolbarWidgetRegistry } from '@jupyterlab/apputils';
import { INotebookTracker } from '@jupyterlab/notebook';
import { ISettingRegistry } from '@jupyterlab/settingregistry';
import { ITranslator } from '@jupyterlab/translation';

import { IAskKimi, INotebookActs, INotebookMentions } from '../tokens';
import { NotebookActs } from './acts';
import { addCellButtons, addFixing } from './asking';
import { Files } from './files';
import { NotebookMentions } from './mentions';
import { notebookWords, type Words } from './words';

const SETTINGS = 'kimi-jupyter:notebook';

const acts: JupyterFrontEndPlugin<INotebookActs> = {
  id: SETTINGS,
  description: 'Reads cells for Kimi, and changes and runs what was approved.',
  autoStart: true,
  requires: [INotebookTracker],
  optional: [ISettingRegistry, ITranslator],
  provides: INotebookActs,
  activate: (
    _: JupyterFrontEnd,
    notebooks: INotebookTracker,
    settings: ISettingRegistry | null,
    translator: ITranslator | null
  ): INotebookActs => {
    let folded = false;
    void settings?.load(SETTINGS).then(loaded => {
      const read = (): void => void (folded = loaded.get('foldCells').composite === true);
      loaded.changed.connect(read);
      read();
    });
    const made = new NotebookActs(wordsOf(translator), () => folded);
    notebooks.forEach(panel => made.follow(panel));
    notebooks.widgetAdded.connect((_, panel) => made.follow(panel));
    return made;
  }
};

const mentions: JupyterFrontEndPlugin<INotebookMentions> = {
  id: 'kimi-jupyter:mentions',
  description: 'Completes cells, headings and files in questions to Kimi.',
  autoStart: true,
  optional: [ITranslator],
  provides: INotebookMentions,
  activate: (app: JupyterFrontEnd, translator: ITranslator | null): INotebookMentions =>
    new NotebookMentions(new Files(app.serviceManager.contents), wordsOf(translator))
};

const asking: JupyterFrontEndPlugin<void> = {
  id: 'kimi-jupyter:asking',
  description: 'Leads from errors and cells to Kimi.',
  autoStart: true,
  requires: [INotebookTracker, IAskKimi],
  optional: [IToolbarWidgetRegistry, ITranslator],
  activate: (
    _: JupyterFrontEnd,
    notebooks: INotebookTracker,
    ask: IAskKimi,
    toolbars: IToolbarWidgetRegistry | null,
    translator: ITranslator | null
  ): void => {
    const words = wordsOf(translator);
    addFixing(notebooks, ask, words);
    if (toolbars) {
      addCellButtons(toolbars, notebooks, ask, words);
    }
  }
};

function wordsOf(translator: ITranslator | null): Words {
  return notebookWords(translator?.languageCode ?? 'en');
}

export const notebookPlugins: JupyterFrontEndPlugin<unknown>[] = [acts, mentions, asking];
