/** What JupyterLab's packages ask of a page while they load, and jsdom does not have. To be imported before them. */

Object.assign(globalThis, {
  DragEvent: class DragEvent extends MouseEvent {},
  ResizeObserver: class ResizeObserver {
    observe(): void {}
    unobserve(): void {}
    disconnect(): void {}
  }
});
window.matchMedia = query =>
  Object.assign(new EventTarget(), {
    matches: false,
    media: query,
    onchange: null,
    addListener: () => undefined,
    removeListener: () => undefined
  });
