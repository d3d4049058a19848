/**
 * Where a notebook leads to the sidebar: Fix on errors, Explain and Improve on cells.
 *
 * What asks is a button that hears real clicks only, and no command: any output may hold a link that runs commands.
 */

import type { IToolbarWidgetRegistry } from '@jupyterlab/apputils';
import type { Cell } from '@jupyterlab/cells';
import type { INotebookTracker, NotebookPanel } from '@jupyterlab/notebook';
import type { LabIcon } from '@jupyterlab/ui-components';
import { Widget } from '@lumino/widgets';

import type { IAskKimi } from '../tokens';
import { cellAttachment, cellName } from './attachments';
import { addFixButtons } from './fixButtons';
import { explainIcon, improveIcon } from './icons';
import { activate, isCode, outputsOf, placeOf } from './snapshot';
import type { Words } from './words';

type About = keyof Words['asks'];

/** Ask about a cell, which becomes the active one: what is near it is sent along. */
export function askAbout(ask: IAskKimi, panel: NotebookPanel, cell: Cell, about: About, words: Words): void {
  const place = placeOf(panel, cell.model.id);
  if (place >= 0) {
    activate(panel, place);
  }
  const { model } = cell;
  const number = isCode(model) ? model.executionCount : null;
  // The kernel knows a cell that ran by its number, and sends of it and its values what the user's settings allow.
  const [name, along] =
    number === null
      ? [cellName(panel, model, words), [cellAttachment(panel, model, words)]]
      : [`@cell:${number}`, []];
  void ask.ask(panel, words.asks[about](name, errorName(cell)), along);
}

function errorName({ model }: Cell): string {
  const error = outputsOf(model).find(output => output.output_type === 'error');
  return typeof error?.ename === 'string' ? error.ename : '';
}

/** Fix buttons in every notebook of a tracker. */
export function addFixing(notebooks: INotebookTracker, ask: IAskKimi, words: Words): void {
  const add = (panel: NotebookPanel): void => addFixButtons(panel, words, (where, cell) => askAbout(ask, where, cell, 'fix', words));
  notebooks.forEach(add);
  notebooks.widgetAdded.connect((_, panel) => add(panel));
}

/** Explain and Improve in the cell toolbar; the schema names them. */
export function addCellButtons(
  toolbars: IToolbarWidgetRegistry,
  notebooks: INotebookTracker,
  ask: IAskKimi,
  words: Words
): void {
  const add = (name: 'explain' | 'improve', icon: LabIcon): void => {
    toolbars.addFactory<Cell>('Cell', `kimi-${name}`, cell =>
      new CellButton(words[name], icon, () => {
        const panel = notebooks.find(one => one.content.widgets.includes(cell));
        if (panel) {
          askAbout(ask, panel, cell, name, words);
        }
      })
    );
  };
  add('explain', explainIcon);
  add('improve', improveIcon);
}

/** A button with an icon that hears real clicks only. */
class CellButton extends Widget {
  constructor(title: string, icon: LabIcon, onClick: () => void) {
    const button = document.createElement('button');
    button.type = 'button';
    button.title = title;
    button.setAttribute('aria-label', title);
    icon.element({ container: button, stylesheet: 'toolbarButton', elementPosition: 'center' });
    super({ node: button });
    this.addClass('kimi-cell-button');
    // The toolbar's own buttons act on mousedown, before the cell takes the focus; a click comes for keys as well.
    button.addEventListener('click', event => {
      if (event.isTrusted) {
        onClick();
      }
    });
  }
}
