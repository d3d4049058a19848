/** Completes `@` with the notebook's cells, its headings and the files beside it. Changes nothing. */

import type { ICell } from '@jupyterlab/nbformat';
import type { NotebookPanel } from '@jupyterlab/notebook';

import type { Attachment, DragData, INotebookMentions, Mention } from '../tokens';
import { cellAttachment, cellName, chosenAttachment, droppedCell, headings, sectionAttachment } from './attachments';
import { type Files, sizeInWords } from './files';
import { cellModels } from './snapshot';
import { firstLine } from './subject';
import type { Words } from './words';

const MOST = 50;
/** What the file browser and a notebook put into a drag. */
const PATHS = 'application/x-jupyter-icontents';
const CELLS = 'application/vnd.jupyter.cells';

export class NotebookMentions implements INotebookMentions {
  constructor(
    private readonly files: Files,
    private readonly words: Words
  ) {}

  async mentions(panel: NotebookPanel, text: string): Promise<Mention[]> {
    const files = await this.filesOf(panel);
    const all = [...this.cellsOf(panel), ...this.headingsOf(panel), ...files];
    return ranked(all, text).slice(0, MOST);
  }

  selected(panel: NotebookPanel): Attachment | null {
    return chosenAttachment(panel, this.words);
  }

  dropped(panel: NotebookPanel, { mimeData }: DragData): Promise<Attachment[]> | null {
    const cells = mimeData.hasData(CELLS) ? mimeData.getData(CELLS) : null;
    if (Array.isArray(cells)) {
      return Promise.resolve((cells as ICell[]).map(cell => droppedCell(cell, this.words)));
    }
    const paths = mimeData.hasData(PATHS) ? mimeData.getData(PATHS) : null;
    if (!Array.isArray(paths)) {
      return null;
    }
    const names = paths.filter(path => typeof path === 'string');
    return Promise.all(names.map(path => this.files.attachment(path, panel.context.path))).then(found =>
      found.filter(attachment => attachment !== null)
    );
  }

  private cellsOf(panel: NotebookPanel): Mention[] {
    return cellModels(panel)
      .filter(cell => cell.sharedModel.getSource().trim())
      .map(cell => {
        const label = cellName(panel, cell, this.words);
        return {
          kind: 'cell',
          label,
          detail: firstLine(cell.sharedModel.getSource()),
          insert: label,
          attach: () => Promise.resolve(cell.sharedModel.isDisposed ? null : cellAttachment(panel, cell, this.words))
        };
      });
  }

  private headingsOf(panel: NotebookPanel): Mention[] {
    return headings(cellModels(panel)).map(heading => ({
      kind: 'heading',
      label: heading.title,
      detail: '#'.repeat(heading.level),
      insert: `“${heading.title}”`,
      attach: () => Promise.resolve(panel.isDisposed ? null : sectionAttachment(panel, heading))
    }));
  }

  private async filesOf(panel: NotebookPanel): Promise<Mention[]> {
    const found = await this.files.below(panel.context.path);
    return found.map(({ path, name, size }) => ({
      kind: 'file',
      label: name,
      detail: size === null ? '' : sizeInWords(size),
      insert: `\`${name}\``,
      attach: () => this.files.attachment(path, panel.context.path)
    }));
  }
}

/** Those that hold a text: names that begin with it, then other names, then other details. */
export function ranked(mentions: readonly Mention[], text: string): Mention[] {
  const wanted = text.toLowerCase();
  const rank = ({ label, detail }: Mention): number => {
    const name = label.toLowerCase();
    const words = name.split(/[\s/._[\]-]+/);
    return name.startsWith(wanted)
      ? 0
      : words.some(word => word.startsWith(wanted))
        ? 1
        : name.includes(wanted)
          ? 2
          : detail.toLowerCase().includes(wanted)
            ? 3
            : 4;
  };
  return mentions
    .map(mention => [rank(mention), mention] as const)
    .filter(([place]) => place < 4)
    .sort(([one], [other]) => one - other)
    .map(([, mention]) => mention);
}
