/** Cells, selections and sections as they go along with a question. Changes nothing. */

import type { ICellModel } from '@jupyterlab/cells';
import type { ICell, IOutput } from '@jupyterlab/nbformat';
import type { NotebookPanel } from '@jupyterlab/notebook';

import type { Attachment } from '../tokens';
import { errorText, middleCut, outputsText } from './outputs';
import { cellModels, isCode, outputsOf, placeOf } from './snapshot';
import type { Words } from './words';

/** Characters of an attachment, so that even in UTF-8 it stays below 64 KB. */
const MOST = 20_000;

/** `In [3]` where a cell has run, else `cell 4`. */
export function cellName(panel: NotebookPanel, cell: ICellModel, words: Words): string {
  const number = isCode(cell) ? cell.executionCount : null;
  return number === null ? words.cell(placeOf(panel, cell.id) + 1) : words.run(number);
}

/** A cell with what it put out; a failed one with its traceback. */
export function cellAttachment(panel: NotebookPanel, cell: ICellModel, words: Words): Attachment {
  const outputs = outputsOf(cell);
  const error = outputs.find(output => output.output_type === 'error');
  const told = error ? errorText(error as Parameters<typeof errorText>[0]) : outputsText(outputs);
  const source = middleCut(cell.sharedModel.getSource(), told ? MOST - 6000 : MOST);
  return { kind: 'cell', name: cellName(panel, cell, words), text: withOutput(source, middleCut(told, 5000)) };
}

/** What is selected in the active cell's editor; null where nothing is. */
export function selectionAttachment(panel: NotebookPanel, words: Words): Attachment | null {
  const cell = panel.content.activeCell;
  const editor = cell?.editor;
  const selection = editor?.getSelection();
  if (!cell || !editor || !selection) {
    return null;
  }
  const from = editor.getOffsetAt(selection.start);
  const to = editor.getOffsetAt(selection.end);
  const text = editor.model.sharedModel.getSource().slice(Math.min(from, to), Math.max(from, to));
  const name = words.selectionOf(cellName(panel, cell.model, words));
  return text.trim() ? { kind: 'selection', name, text: middleCut(text, MOST) } : null;
}

/** What is selected, or else the active cell; null where there is none. */
export function chosenAttachment(panel: NotebookPanel, words: Words): Attachment | null {
  const cell = panel.content.activeCell;
  return selectionAttachment(panel, words) ?? (cell && cellAttachment(panel, cell.model, words));
}

/** A cell that was dragged here, from whichever notebook. */
export function droppedCell(cell: ICell, words: Words): Attachment {
  const source = Array.isArray(cell.source) ? cell.source.join('') : cell.source;
  const number = typeof cell.execution_count === 'number' ? cell.execution_count : null;
  const outputs = Array.isArray(cell.outputs) ? outputsText(cell.outputs as IOutput[]) : '';
  const name = number === null ? firstWords(source) : words.run(number);
  return { kind: 'cell', name, text: withOutput(middleCut(source, MOST - 6000), outputs) };
}

export interface Heading {
  readonly level: number;
  readonly title: string;
  /** The place of its cell. */
  readonly place: number;
}

/** The headings of a notebook's Markdown cells, in order. */
export function headings(cells: readonly ICellModel[]): Heading[] {
  return cells.flatMap((cell, place) =>
    cell.type === 'markdown' ? headingsIn(cell.sharedModel.getSource()).map(found => ({ ...found, place })) : []
  );
}

/** All cells from a heading's to the next heading that is as high. */
export function sectionAttachment(panel: NotebookPanel, heading: Heading): Attachment {
  const cells = cellModels(panel);
  const next = headings(cells).find(other => other.place > heading.place && other.level <= heading.level);
  const section = cells.slice(heading.place, next?.place);
  const text = section.map(cell => withOutput(cell.sharedModel.getSource(), middleCut(outputsText(outputsOf(cell)), 1000)));
  return { kind: 'cell', name: heading.title, text: middleCut(text.join('\n\n'), MOST) };
}

function headingsIn(source: string): { level: number; title: string }[] {
  const prose = source.replace(/^(```|~~~).*?^\1/gms, '');
  return [...prose.matchAll(/^ {0,3}(#{1,6})[ \t]+(.+?)[ \t]*#*$/gm)].map(([, marks = '', title = '']) => ({
    level: marks.length,
    title: title.slice(0, 100)
  }));
}

function withOutput(source: string, output: string): string {
  return output ? `${source}\n\n# Output:\n${output}` : source;
}

function firstWords(source: string): string {
  const line = source.trim().split('\n', 1)[0] ?? '';
  return line.slice(0, 40) || 'cell';
}
