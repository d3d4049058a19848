/** The user's settings of the sidebar, kept by JupyterLab. */

import type { ISettingRegistry } from '@jupyterlab/settingregistry';

import type { Settings, SettingsNow } from './context';
import { Observable } from '../turn/observable';

const DEFAULTS: Settings = { place: 'cell', prompts: 'kimi-prompts' };

export class OwnSettings extends Observable implements SettingsNow {
  now = DEFAULTS;
  private kept: ISettingRegistry.ISettings | null = null;

  /** Follow what JupyterLab keeps. */
  follow(kept: ISettingRegistry.ISettings): void {
    this.kept = kept;
    const read = (): void => {
      const { place, prompts } = kept.composite;
      this.now = {
        place: place === 'scratch' ? 'scratch' : 'cell',
        prompts: typeof prompts === 'string' ? prompts : DEFAULTS.prompts
      };
      this.changed();
    };
    kept.changed.connect(read);
    read();
  }

  set(name: keyof Settings, value: string): void {
    void this.kept?.set(name, value);
  }
}
