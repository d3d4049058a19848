/** What the notebook's side says, in English and Simplified Chinese. Imports nothing. */

import type { Changes } from './checkpoint';

/** Seconds from which a cell is called slow before it runs again. */
export const SLOW = 10;

const ENGLISH = {
  fixTitle: 'Fix with Kimi',
  explain: 'Explain with Kimi',
  improve: 'Improve with Kimi',
  asks: {
    fix: (cell: string, error: string) => `${cell} failed with ${error}. Find out why and fix it.`,
    explain: (cell: string) => `Explain what ${cell} does.`,
    improve: (cell: string) => `Improve ${cell}: make it clearer, faster or safer without changing what it gives.`
  },
  cell: (number: number) => `cell ${number}`,
  run: (number: number) => `In [${number}]`,
  selectionOf: (cell: string) => `selection of ${cell}`,
  anAddress: (number: number, line: string) => (line ? `Cell ${number}: ${line}` : `Cell ${number}, which is empty`),
  noCell: 'This cell is not in the notebook any more.',
  edits: (cell: string) => `Changes ${lower(cell)}`,
  deletes: (cell: string) => `Deletes ${lower(cell)}`,
  runs: (cell: string) => `Runs ${lower(cell)}`,
  moves: (cell: string, to: string) => `Moves ${lower(cell)} — ${to}`,
  toTop: 'to the top',
  below: (cell: string) => `below ${lower(cell)}`,
  above: (cell: string) => `above ${lower(cell)}`,
  adds: (type: string, where: string) => `A new ${type} cell ${where}`,
  types: { code: 'code', markdown: 'Markdown', raw: 'raw' },
  atEnd: 'at the end',
  belowActive: 'below the active cell',
  changedSince: 'You changed it after Kimi read it, so it won’t be touched: Kimi is told and can look again.',
  took: (time: string) => `${time} the last time`,
  slow: (time: string) => `Slow: it took ${time} the last time.`,
  seconds: (seconds: number) => (seconds < 60 ? `${seconds.toFixed(seconds < 10 ? 1 : 0)} s` : `${Math.floor(seconds / 60)} min ${Math.round(seconds % 60)} s`),
  revert: {
    would: (changes: Changes) => `Takes back: ${parts(changes)}.`,
    did: (changes: Changes, kept: number) => {
      const done = parts(changes);
      const stays = kept === 1 ? '1 cell that you changed since stays as it is.' : `${kept} cells that you changed since stay as they are.`;
      return [done ? `Took back: ${done}.` : kept ? '' : 'There was nothing left to take back.', kept ? stays : ''].filter(Boolean).join(' ');
    },
    readOnly: 'The notebook is read-only: nothing was taken back.',
    none: 'This turn changed no cells, or not in this page.'
  }
};

export type Words = typeof ENGLISH;

const CHINESE: Words = {
  fixTitle: '让 Kimi 修复',
  explain: '让 Kimi 解释',
  improve: '让 Kimi 改进',
  asks: {
    fix: (cell, error) => `${cell} 出错：${error}。请找出原因并修复。`,
    explain: cell => `请解释 ${cell} 做了什么。`,
    improve: cell => `请改进 ${cell}：更清晰、更快或更稳妥，但结果不变。`
  },
  cell: number => `单元格 ${number}`,
  run: number => `In [${number}]`,
  selectionOf: cell => `${cell}中的选中内容`,
  anAddress: (number, line) => (line ? `单元格 ${number}：${line}` : `单元格 ${number}（空）`),
  noCell: '该单元格已不在笔记本中。',
  edits: cell => `修改${cell}`,
  deletes: cell => `删除${cell}`,
  runs: cell => `运行${cell}`,
  moves: (cell, to) => `移动${cell} — ${to}`,
  toTop: '到最前',
  below: cell => `到${cell}之后`,
  above: cell => `到${cell}之前`,
  adds: (type, where) => `新建${type}单元格，${where}`,
  types: { code: '代码', markdown: 'Markdown ', raw: '原始' },
  atEnd: '在末尾',
  belowActive: '在当前单元格之后',
  changedSince: '你在 Kimi 读过之后改过它，因此不会被改动：Kimi 会得知并重新查看。',
  took: time => `上次用时 ${time}`,
  slow: time => `较慢：上次用时 ${time}。`,
  seconds: seconds => (seconds < 60 ? `${seconds.toFixed(seconds < 10 ? 1 : 0)} 秒` : `${Math.floor(seconds / 60)} 分 ${Math.round(seconds % 60)} 秒`),
  revert: {
    would: changes => `将恢复：${chineseParts(changes)}。`,
    did: (changes, kept) => {
      const done = chineseParts(changes);
      return [done ? `已恢复：${done}。` : kept ? '' : '没有可恢复的内容。', kept ? `你之后改过的 ${kept} 个单元格保持原样。` : ''].join('');
    },
    readOnly: '笔记本为只读，未作恢复。',
    none: '本轮没有改动单元格，或不是在此页面中改动的。'
  }
};

/** The texts of a language: Simplified Chinese for any Chinese, else English. */
export function notebookWords(language: string): Words {
  return /^zh\b/i.test(language.replace('_', '-')) ? CHINESE : ENGLISH;
}

function parts({ added, edited, deleted, moved }: Changes): string {
  const counted = (number: number, what: string): string => (number ? `${number} ${what}` : '');
  return [counted(added, 'added'), counted(edited, 'changed'), counted(deleted, 'deleted'), counted(moved, 'moved')]
    .filter(Boolean)
    .map((text, place) => (place ? text : text.replace(/^(\d+) /, (_, number: string) => `${number} ${number === '1' ? 'cell' : 'cells'} `)))
    .join(', ');
}

function chineseParts({ added, edited, deleted, moved }: Changes): string {
  const counted = (number: number, what: string): string => (number ? `${what} ${number} 个单元格` : '');
  return [counted(added, '新建的'), counted(edited, '修改的'), counted(deleted, '删除的'), counted(moved, '移动的')]
    .filter(Boolean)
    .join('，');
}

function lower(text: string): string {
  return text.charAt(0).toLowerCase() + text.slice(1);
}
