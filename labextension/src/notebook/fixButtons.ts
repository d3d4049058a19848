/** A Fix button on each error among a notebook's outputs. */

import { CodeCell } from '@jupyterlab/cells';
import type { NotebookPanel } from '@jupyterlab/notebook';
import { Panel, Widget } from '@lumino/widgets';

import type { Words } from './words';

/** What a button does: asks about a cell. Called for real clicks only. */
export type AskAbout = (panel: NotebookPanel, cell: CodeCell) => void;

/** Put buttons on the errors of a notebook, those that are there and those that will be. */
export function addFixButtons(panel: NotebookPanel, words: Words, ask: AskAbout): void {
  const known = new WeakSet<CodeCell>();
  const look = (): void => {
    for (const cell of panel.content.widgets) {
      if (cell instanceof CodeCell && !known.has(cell)) {
        known.add(cell);
        followCell(panel, cell, words, ask);
      }
    }
  };
  const followModel = (): void => {
    look();
    panel.content.model?.cells.changed.connect(look);
  };
  panel.content.modelChanged.connect(followModel);
  followModel();
}

function followCell(panel: NotebookPanel, cell: CodeCell, words: Words, ask: AskAbout): void {
  const { outputArea } = cell;
  const look = (): void => {
    outputArea.widgets.forEach((output, place) => {
      const failed = place < outputArea.model.length && outputArea.model.get(place).type === 'error';
      if (failed && output instanceof Panel && !output.widgets.some(part => part instanceof FixButton)) {
        output.addWidget(new FixButton(words, () => ask(panel, cell)));
      }
    });
  };
  outputArea.outputLengthChanged.connect(look);
  look();
}

class FixButton extends Widget {
  constructor(words: Words, onClick: () => void) {
    const button = document.createElement('button');
    button.type = 'button';
    button.textContent = words.fixTitle;
    super({ node: button });
    this.addClass('kimi-fix');
    button.addEventListener('click', event => {
      event.stopPropagation();
      // Scripts in outputs of this very page must not ask anything (hazards APP-07).
      if (event.isTrusted) {
        onClick();
      }
    });
  }
}
