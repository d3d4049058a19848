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
    // At once: the next question may be asked before the server has kept it.
    this.now = { ...this.now, [name]: value };
    this.changed();
    void this.kept?.set(name, value);
  }
}
