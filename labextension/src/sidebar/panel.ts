/**
 * The side panel as JupyterLab starts with it: an icon and a name.
 *
 * The chat, the turn view and its editor are fetched when it is shown the first time.
 */

import { Widget } from '@lumino/widgets';

import { kimiIcon } from './icon';
import type { Mounted } from './main';

export class SidebarPanel extends Widget {
  private mounted_: Promise<Mounted> | null = null;

  /** @param mount Fetches and mounts what is in it. */
  constructor(private readonly mount: (node: HTMLElement) => Promise<Mounted>) {
    super();
    this.id = 'kimi-jupyter-sidebar';
    this.title.caption = 'Kimi';
    this.title.icon = kimiIcon;
    this.addClass('kimi-sidebar');
  }

  /** What is in it. */
  get mounted(): Promise<Mounted> {
    this.mounted_ ??= this.mount(this.node);
    return this.mounted_;
  }

  override dispose(): void {
    void this.mounted_?.then(mounted => mounted.dispose());
    super.dispose();
  }

  protected override onAfterShow(): void {
    this.fill();
  }

  protected override onAfterAttach(): void {
    if (this.isVisible) {
      this.fill();
    }
  }

  protected override onActivateRequest(): void {
    void this.mounted.then(mounted => mounted.focus());
  }

  private fill(): void {
    this.mounted.catch((error: unknown) => {
      this.mounted_ = null;
      this.node.textContent = `Kimi could not be loaded: ${String(error)}`;
    });
  }
}
