/** The plugin of the sidebar: a light panel at JupyterLab's start, and commands that open it. None decides or runs. */

import type { JupyterFrontEnd, JupyterFrontEndPlugin } from '@jupyterlab/application';
import { ILayoutRestorer } from '@jupyterlab/application';
import { ICommandPalette, ISessionContextDialogs } from '@jupyterlab/apputils';
import { INotebookTracker } from '@jupyterlab/notebook';
import { IRenderMimeRegistry } from '@jupyterlab/rendermime';
import { ISettingRegistry } from '@jupyterlab/settingregistry';
import { ITranslator } from '@jupyterlab/translation';

import { languageTag, openAddress } from '../page';
import { IAskKimi, INotebookActs, INotebookMentions } from '../tokens';
import { clientId } from './client';
import { kimiIcon } from './icon';
import { SidebarPanel } from './panel';
import { OwnSettings } from './settings';
import { words } from './words';

const ID = 'kimi-jupyter:plugin';

export const sidebar: JupyterFrontEndPlugin<IAskKimi> = {
  id: ID,
  description: 'Kimi beside every notebook.',
  autoStart: true,
  provides: IAskKimi,
  requires: [INotebookTracker],
  optional: [
    INotebookActs,
    INotebookMentions,
    ITranslator,
    ISettingRegistry,
    ICommandPalette,
    ILayoutRestorer,
    IRenderMimeRegistry,
    ISessionContextDialogs
  ],
  activate
};

function activate(
  app: JupyterFrontEnd,
  notebooks: INotebookTracker,
  acts: INotebookActs | null,
  mentions: INotebookMentions | null,
  translator: ITranslator | null,
  registry: ISettingRegistry | null,
  palette: ICommandPalette | null,
  restorer: ILayoutRestorer | null,
  rendermime: IRenderMimeRegistry | null,
  dialogs: ISessionContextDialogs | null
): IAskKimi {
  const language = languageTag(translator?.languageCode);
  const settings = new OwnSettings();
  const client = clientId();
  const panel = new SidebarPanel(async node => {
    const { mount } = await import('./main');
    return mount(node, {
      notebooks,
      client,
      language,
      settings,
      acts,
      mentions,
      contents: app.serviceManager.contents,
      rendermime,
      openLink: openAddress,
      openFile: path => void app.commands.execute('docmanager:open', { path }),
      chooseKernel: ({ sessionContext }) => void dialogs?.selectKernel(sessionContext)
    });
  });
  app.shell.add(panel, 'right', { rank: 700, type: 'Kimi' });
  restorer?.add(panel, panel.id);
  const open = (): void => app.shell.activateById(panel.id);
  const asking: IAskKimi = {
    get panel() {
      return notebooks.currentWidget;
    },
    attach: async (notebook, attachments, prompt) => {
      open();
      (await panel.mounted).attach(notebook, attachments, prompt);
    },
    ask: async (notebook, prompt, attachments) => {
      open();
      (await panel.mounted).ask(notebook, prompt, attachments);
    }
  };
  void registry?.load(ID).then(kept => {
    settings.follow(kept);
    if (kept.composite.openOnStart === true) {
      void app.restored.then(open);
    }
  });
  addCommands(app, panel, asking, { notebooks, mentions, language, open }).forEach(command =>
    palette?.addItem({ command, category: 'Kimi' })
  );
  return asking;
}

interface Around {
  readonly notebooks: INotebookTracker;
  readonly mentions: INotebookMentions | null;
  readonly language: string;
  readonly open: () => void;
}

/** Register the commands; any output may hold a link that calls them, so they open, begin and put in, no more. */
function addCommands(
  { commands }: JupyterFrontEnd,
  panel: SidebarPanel,
  asking: IAskKimi,
  { notebooks, mentions, language, open }: Around
): string[] {
  const say = words(language);
  const isEnabled = (): boolean => notebooks.currentWidget !== null;
  commands.addCommand('kimi-jupyter:ask', { label: say.ask, icon: kimiIcon, execute: open });
  commands.addCommand('kimi-jupyter:new-conversation', {
    label: say.newConversation,
    isEnabled,
    execute: async () => {
      open();
      (await panel.mounted).newConversation();
    }
  });
  commands.addCommand('kimi-jupyter:send-selection', {
    label: say.attach,
    isEnabled,
    execute: async () => {
      const notebook = notebooks.currentWidget;
      const selected = notebook && mentions?.selected(notebook);
      if (selected) {
        await asking.attach(notebook, [selected]);
      }
    }
  });
  return ['kimi-jupyter:ask', 'kimi-jupyter:new-conversation', 'kimi-jupyter:send-selection'];
}
