/**
 * The side panel as JupyterLab starts with it: an icon and a name.
 *
 * The chat, the turn view and its editor are fetched when it is shown the first time.
 */

import { SplitPanel, Widget } from '@lumino/widgets';

import { kimiIcon } from './icon';
import type { Mounted } from './main';

/** Pixels below which code can't be read well, and those that it is given then. */
const NARROW = 320;
const WIDE = 420;

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
    if (!this.mounted_) {
      requestAnimationFrame(() => widen(this));
    }
    this.mounted.catch((error: unknown) => {
      this.mounted_ = null;
      this.node.textContent = `Kimi could not be loaded: ${String(error)}`;
    });
  }
}

/** Give a panel that nobody sized the room that code needs, but never more than a third of the page. */
function widen(panel: Widget): void {
  let child = panel;
  while (child.parent && !(child.parent instanceof SplitPanel)) {
    child = child.parent;
  }
  const split = child.parent;
  if (!(split instanceof SplitPanel) || split.orientation !== 'horizontal' || panel.node.offsetWidth >= NARROW) {
    return;
  }
  const total = split.node.offsetWidth;
  const wanted = Math.min(WIDE, total / 3) / total;
  const sizes = split.relativeSizes();
  const place = split.widgets.indexOf(child);
  const others = 1 - (sizes[place] ?? 0);
  split.setRelativeSizes(sizes.map((size, at) => (at === place ? wanted : (size * (1 - wanted)) / others)));
}
