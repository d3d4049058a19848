/** Cells read, changed and brought back, on JupyterLab's own notebook model. */

import './page';

import { createHash } from 'node:crypto';

import type { NotebookModel as Model, NotebookPanel } from '@jupyterlab/notebook';
import { beforeEach, describe, expect, it } from 'vitest';

import { headings, sectionAttachment } from '../src/notebook/attachments';
import { Begun } from '../src/notebook/begun';
import { deleteCell, editCell, Hindrance, insertCell, moveCell } from '../src/notebook/cells';
import { Checkpoint } from '../src/notebook/checkpoint';
import { sizeInWords } from '../src/notebook/files';
import { ranked } from '../src/notebook/mentions';
import { bounded, failure, outputsText } from '../src/notebook/outputs';
import { cellModels, cellsNow, fitting, hashOf, wantedCells } from '../src/notebook/snapshot';
import { subjectOf } from '../src/notebook/subject';
import { notebookWords } from '../src/notebook/words';
import type { CellNow, Mention } from '../src/tokens';

// It looks at the page while it loads, so it comes after what makes the page one.
const { NotebookModel } = await import('@jupyterlab/notebook/lib/model');

const words = notebookWords('en');
const ERROR = {
  output_type: 'error',
  ename: 'NameError',
  evalue: "name 'dff' is not defined",
  traceback: ['\u001b[31m-----\u001b[39m', "\u001b[31mNameError\u001b[39m: name 'dff' is not defined"]
};

let model: Model;
let panel: NotebookPanel;

/** As much of a panel as the functions under test look at, around a real model. */
function panelAround(notebook: Model, place = 0): NotebookPanel {
  const content = {
    model: notebook,
    activeCellIndex: place,
    get activeCell() {
      return { model: notebook.cells.get(place) };
    }
  };
  return { isDisposed: false, content, context: { path: 'a/b.ipynb', contentsModel: { writable: true } } } as unknown as NotebookPanel;
}

function sources(): string[] {
  return cellModels(panel).map(cell => cell.sharedModel.getSource());
}

beforeEach(() => {
  model = new NotebookModel();
  const shared = model.sharedModel;
  shared.deleteCellRange(0, shared.cells.length);
  shared.insertCells(0, [
    { cell_type: 'markdown', source: '# Sales\nHow it went.', id: 'head' },
    { cell_type: 'code', source: 'import pandas as pd', id: 'load', execution_count: 1, outputs: [] },
    { cell_type: 'code', source: 'dff.mean()', id: 'fail', execution_count: 2, outputs: [ERROR] },
    { cell_type: 'markdown', source: '## Prices\n```\n# not a heading\n```', id: 'sub' },
    { cell_type: 'code', source: 'print(1)', id: 'last', outputs: [{ output_type: 'stream', name: 'stdout', text: '1\n' }] }
  ]);
  panel = panelAround(model, 2);
});

describe('a snapshot', () => {
  it('tells each cell with its number, the text of its outputs and how it failed', () => {
    const cells = cellsNow(panel);
    expect(cells.map(({ id, type, number }) => [id, type, number])).toEqual([
      ['head', 'markdown', null],
      ['load', 'code', 1],
      ['fail', 'code', 2],
      ['sub', 'markdown', null],
      ['last', 'code', null]
    ]);
    expect(cells[2]?.failed).toBe("NameError: name 'dff' is not defined");
    expect(cells[2]?.outputs).toBe("-----\nNameError: name 'dff' is not defined");
    expect(cells[4]?.outputs).toBe('1');
  });

  it('cuts what is far from the active cell first, and never the hash of a whole source', () => {
    const cells = Array.from({ length: 20 }, (_, place): CellNow => ({
      id: String(place),
      type: 'code',
      source: 's'.repeat(3000),
      number: place,
      outputs: 'o'.repeat(4000),
      failed: ''
    }));
    const kept = fitting(cells, 10, 100_000);
    expect(kept.reduce((sum, cell) => sum + cell.source.length + cell.outputs.length + 150, 0)).toBeLessThanOrEqual(100_000);
    expect(kept[10]).toEqual(cells[10]);
    expect(kept[0]?.outputs).toBe('[left out: the notebook is large]');
    expect(kept.every(cell => cell.source.length === 3000)).toBe(true);
    const least = fitting(cells, 10, 50_000);
    expect(least[0]?.source).toContain('characters left out');
    expect(least[10]?.source).toBe(cells[10]?.source);
  });

  it('knows a source by the first 12 digits of the SHA-256 of its UTF-8', () => {
    for (const source of ['', 'x = 1', 'größe = "名前" # 🐼\n\tend']) {
      expect(hashOf(source)).toBe(createHash('sha256').update(source, 'utf-8').digest('hex').slice(0, 12));
    }
  });
});

describe('outputs', () => {
  it('are text without colours, and name what is no text', () => {
    const image = { output_type: 'display_data', data: { 'image/png': 'aaaa', 'text/plain': '<Figure>' }, metadata: {} };
    expect(outputsText([ERROR, image])).toBe("-----\nNameError: name 'dff' is not defined\n<Figure> [image/png]");
    expect(outputsText([{ output_type: 'display_data', data: { 'text/html': '<b>x</b>' }, metadata: {} }])).toBe('[text/html]');
    expect(failure([image])).toBe('');
  });

  it('keep head and tail of what is long, and say how much is missing', () => {
    const text = outputsText([{ output_type: 'stream', name: 'stdout', text: `begin${'x'.repeat(50_000)}end` }]);
    expect(text.length).toBeLessThan(4100);
    expect(text).toMatch(/^begin[^]*46,008 characters left out[^]*end$/);
  });

  it('fit into a message: at most 1 MB each and 4 MB in all', () => {
    const large = { output_type: 'display_data', data: { 'image/png': 'a'.repeat(900_000) }, metadata: {} };
    const huge = { output_type: 'stream', name: 'stdout', text: 'y'.repeat(3_000_000) };
    const kept = bounded([huge, large, large, large, large, large, ERROR]);
    expect(JSON.stringify(kept).length).toBeLessThan(4_100_000);
    expect(kept[0]?.output_type).toBe('stream');
    expect(JSON.stringify(kept[0])).toContain('cut: the output has 3,000');
    expect(kept[1]).toBe(large);
    expect(kept[6]).toBe(ERROR);
  });
});

describe('changing cells', () => {
  it('CON-01 edits a cell only while it is as the model saw it, and tells what it is now', () => {
    editCell(panel, 'load', hashOf('import pandas as pd'), 'import polars as pl');
    expect(sources()[1]).toBe('import polars as pl');
    const stale = (): void => editCell(panel, 'load', hashOf('import pandas as pd'), 'overwritten');
    expect(stale).toThrow(Hindrance);
    expect(stale).toThrow(/import polars as pl/);
    expect(sources()[1]).toBe('import polars as pl');
    expect(() => editCell(panel, 'nowhere', '', 'x')).toThrow(/no cell "nowhere"/);
  });

  it('keeps the text byte for byte', () => {
    const odd = 'a = "\\n"\r\n\tb = "🐼\u200d"  \n\n';
    editCell(panel, 'load', hashOf('import pandas as pd'), odd);
    expect(sources()[1]).toBe(odd);
    insertCell(panel, 0, 'code', odd, { turn: 't', call: 'c' });
    expect(sources()[0]).toBe(odd);
    expect(cellModels(panel)[0]?.getMetadata('kimi')).toEqual({ turn: 't', call: 'c' });
  });

  it('leaves locked cells, running cells and read-only notebooks alone', () => {
    const cell = model.cells.get(1);
    cell.setMetadata('deletable', false);
    cell.setMetadata('editable', false);
    expect(() => deleteCell(panel, 'load', hashOf('import pandas as pd'))).toThrow(/locked/);
    expect(() => editCell(panel, 'load', hashOf('import pandas as pd'), '')).toThrow(/locked/);
    Object.assign(model.cells.get(4), { executionState: 'running' });
    expect(() => deleteCell(panel, 'last', hashOf('print(1)'))).toThrow(/runs/);
    expect(() => moveCell(panel, 'last', 'head')).toThrow(/runs/);
    model.readOnly = true;
    expect(() => insertCell(panel, 0, 'code', 'x', null)).toThrow(/read-only/);
    expect(sources()).toHaveLength(5);
  });

  it('moves a cell up, down and to the top', () => {
    const order = (): string[] => cellModels(panel).map(cell => cell.id);
    moveCell(panel, 'load', 'sub');
    expect(order()).toEqual(['head', 'fail', 'sub', 'load', 'last']);
    moveCell(panel, 'last', 'head');
    expect(order()).toEqual(['head', 'last', 'fail', 'sub', 'load']);
    moveCell(panel, 'sub', null);
    expect(order()).toEqual(['sub', 'head', 'last', 'fail', 'load']);
  });
});

describe('a checkpoint', () => {
  /** What a turn may do, each change noted as the executor notes it. */
  function work(): Checkpoint {
    const checkpoint = new Checkpoint(panel);
    const added = insertCell(panel, 3, 'code', 'made = 1', { turn: 't', call: 'c' });
    checkpoint.noteAdded(added, 'made = 1');
    editCell(panel, 'load', hashOf('import pandas as pd'), 'import polars as pl');
    checkpoint.noteEdited('load', 'import pandas as pd', 'import polars as pl');
    editCell(panel, 'load', hashOf('import polars as pl'), 'import numpy');
    checkpoint.noteEdited('load', 'import polars as pl', 'import numpy');
    checkpoint.noteDeleted('fail', deleteCell(panel, 'fail', hashOf('dff.mean()')));
    moveCell(panel, 'last', 'head');
    checkpoint.noteMoved('last');
    return checkpoint;
  }

  it('brings sources, deleted cells with their outputs, and the order back', () => {
    const before = cellsNow(panel);
    const checkpoint = work();
    expect(words.revert.would(checkpoint.changes)).toBe('Takes back: 1 cell added, 1 changed, 1 deleted, 1 moved.');
    expect(checkpoint.revert(words.revert)).toBe('Took back: 1 cell added, 1 changed, 1 deleted, 1 moved.');
    expect(cellsNow(panel)).toEqual(before);
  });

  it('brings cells back below those that were moved themselves', () => {
    const before = cellsNow(panel);
    const checkpoint = new Checkpoint(panel);
    for (const [id, after] of [['load', null], ['sub', null], ['last', 'load']] as const) {
      moveCell(panel, id, after);
      checkpoint.noteMoved(id);
    }
    for (const [id, source] of [['fail', 'dff.mean()'], ['last', 'print(1)']] as const) {
      checkpoint.noteDeleted(id, deleteCell(panel, id, hashOf(source)));
    }
    expect(checkpoint.revert(words.revert)).toBe('Took back: 2 cells deleted, 2 moved.');
    expect(cellsNow(panel)).toEqual(before);
  });

  it('leaves what the user changed since, and says so', () => {
    const checkpoint = work();
    const made = cellModels(panel).find(cell => cell.sharedModel.getSource() === 'made = 1');
    made?.sharedModel.setSource('made = 2  # mine');
    model.cells.get(2).sharedModel.setSource('import numpy as np  # mine');
    expect(checkpoint.revert(words.revert)).toBe('Took back: 1 cell deleted, 1 moved. 2 cells that you changed since stay as they are.');
    expect(sources()).toContain('made = 2  # mine');
    expect(sources()).toContain('import numpy as np  # mine');
  });

  it('forgets a cell that the turn made and took away itself, and touches no read-only notebook', () => {
    const checkpoint = new Checkpoint(panel);
    const id = insertCell(panel, 0, 'code', 'x', null);
    checkpoint.noteAdded(id, 'x');
    expect(checkpoint.last).toBe(id);
    checkpoint.noteDeleted(id, deleteCell(panel, id, hashOf('x')));
    expect(checkpoint.empty).toBe(true);
    expect(checkpoint.last).toBeNull();
    const worked = work();
    model.readOnly = true;
    expect(worked.revert(words.revert)).toMatch(/read-only/);
  });
});

describe('what the model reads', () => {
  it('is chosen by ids or by places, and all where nothing is said', () => {
    const ids = (args: Record<string, unknown>): string[] => wantedCells(panel, args).map(({ id }) => id);
    expect(ids({ from: 2, to: 3 })).toEqual(['load', 'fail']);
    expect(ids({ from: 4 })).toEqual(['sub', 'last']);
    expect(ids({ cells: ['last', 'nowhere', 'head'] })).toEqual(['head', 'last']);
    expect(ids({})).toHaveLength(5);
    expect([ids({ from: 9 }), ids({ from: 3, to: 2 }), ids({ from: -5, to: 1 })]).toEqual([[], [], ['head']]);
  });
});

describe('the subject of a call', () => {
  const seconds = (cell: string): number | undefined => (cell === 'fail' ? 75 : undefined);
  const subject = (name: string, args: Record<string, unknown>, language = 'en'): ReturnType<typeof subjectOf> =>
    subjectOf(panel, { name, arguments: args }, seconds, notebookWords(language));

  it('is the cell by its number and first line, with its source before and after', () => {
    const hash = hashOf('dff.mean()');
    expect(subject('edit_cell', { cell: 'fail', hash, source: 'df.mean()' })).toEqual({
      words: 'Changes cell 3: dff.mean()',
      before: 'dff.mean()',
      after: 'df.mean()'
    });
    expect(subject('delete_cell', { cell: 'fail', hash })).toEqual({ words: 'Deletes cell 3: dff.mean()', before: 'dff.mean()', after: null });
    expect(subject('run_cell', { cell: 'fail' })).toEqual({
      words: 'Runs cell 3: dff.mean()\nSlow: it took 1 min 15 s the last time.',
      before: null,
      after: 'dff.mean()'
    });
    expect(subject('move_cell', { cell: 'fail', after: 'last' })?.words).toBe('Moves cell 3: dff.mean() — below cell 5: print(1)');
    expect(subject('add_cell', { source: '# T', type: 'markdown', before: 'head' })?.words).toBe('A new Markdown cell above cell 1: # Sales');
    expect(subject('run_python', { code: 'x' })).toBeNull();
  });

  it('says when the user changed the cell since, or deleted it, and speaks Chinese', () => {
    expect(subject('edit_cell', { cell: 'fail', hash: '0', source: '' })?.words).toMatch(/You changed it after Kimi read it/);
    expect(subject('edit_cell', { cell: 'nowhere', hash: '0', source: 'x' })).toMatchObject({ before: null, after: 'x' });
    expect(subject('run_cell', { cell: 'fail' }, 'zh_CN')?.words).toBe('运行单元格 3：dff.mean()\n较慢：上次用时 1 分 15 秒。');
  });
});

describe('what @ completes', () => {
  it('has headings outside of code, and a section up to the next heading as high', () => {
    const found = headings(cellModels(panel));
    expect(found).toEqual([
      { level: 1, title: 'Sales', place: 0 },
      { level: 2, title: 'Prices', place: 3 }
    ]);
    const [whole, part] = found;
    expect(whole && sectionAttachment(panel, whole).text).toContain('print(1)');
    expect(part && sectionAttachment(panel, part).text).not.toContain('dff');
  });

  it('puts names that begin with a text before those that hold it', () => {
    const mention = (label: string, detail = ''): Mention => ({ kind: 'file', label, detail, insert: label, attach: null });
    const all = [mention('reorder.py'), mention('x.csv', 'orders'), mention('data/orders.csv'), mention('orders.csv'), mention('y')];
    expect(ranked(all, 'Ord').map(({ label }) => label)).toEqual(['orders.csv', 'data/orders.csv', 'reorder.py', 'x.csv']);
    expect([0, 812, 45_000, 3_210_000, 12e9].map(sizeInWords)).toEqual(['0 B', '812 B', '45 kB', '3.2 MB', '12 GB']);
  });
});

describe('a request', () => {
  it('STO-02 is known as begun also after a reload', () => {
    window.sessionStorage.clear();
    const page = new Begun(window.sessionStorage);
    page.add('r1');
    const reloaded = new Begun(window.sessionStorage);
    expect([reloaded.has('r1'), reloaded.has('r2')]).toEqual([true, false]);
    Array.from({ length: 40 }, (_, number) => reloaded.add(`n${number}`));
    expect(new Begun(window.sessionStorage).has('r1')).toBe(false);
  });
});
