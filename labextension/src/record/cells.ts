/** New cells below an output's cell. The only place of the extension that changes a notebook; it runs nothing. */

import type { INotebookTracker } from '@jupyterlab/notebook';

/** What puts sources into new cells below the cell whose output holds a node, and tells whether there is one. */
export function cellsBelow(
  notebooks: INotebookTracker,
  node: HTMLElement
): (sources: readonly string[]) => boolean {
  return sources => {
    const panel = notebooks.find(candidate => candidate.node.contains(node));
    const notebook = panel?.content;
    const index = notebook?.widgets.findIndex(cell => cell.node.contains(node)) ?? -1;
    if (!notebook?.model || index < 0) {
      return false;
    }
    const shared = notebook.model.sharedModel;
    shared.transact(() =>
      shared.insertCells(
        index + 1,
        sources.map(source => ({ cell_type: 'code' as const, source, metadata: {} }))
      )
    );
    notebook.activeCellIndex = index + 1;
    return true;
  };
}
