/** What `/` offers: questions that are asked often, the user's own, and a few things that are no questions. */

import type { Contents } from '@jupyterlab/services';

/** What a `/` command does with the rest of the line. */
export interface Slash {
  readonly name: string;
  readonly kind: 'command' | 'prompt';
  /** What it does, in a line. */
  readonly detail: string;
  /** The question it asks, before what was typed after it; null where it is none. */
  readonly prompt: (() => Promise<string>) | null;
  /** Whether the active cell goes along. */
  readonly cell: boolean;
}

/** The question of a typed line: that of its command, if it names one, with the rest of the line after it. */
export interface Typed {
  readonly slash: Slash | null;
  readonly rest: string;
}

const ENGLISH: readonly (readonly [string, string, string])[] = [
  [
    'fix',
    'Find and repair the error in the active cell',
    'Fix the error in the active cell: find its cause in the code and the data, then change the cell.'
  ],
  ['explain', 'Explain the active cell', 'Explain what the active cell does, and what its result means.'],
  ['plot', 'Plot what you name', 'Plot this, with axes named and the units where they are known:'],
  ['clean', 'Find and repair what is wrong in the data', 'Find missing, doubled and odd values, and propose how to clean them:'],
  ['summary', 'Summarise the notebook', 'Summarise this notebook: what is asked, what was found, what is still open.']
];

const CHINESE: typeof ENGLISH = [
  ['fix', '查找并修复当前单元格的错误', '修复当前单元格的错误：在代码和数据中找出原因，然后修改该单元格。'],
  ['explain', '解释当前单元格', '解释当前单元格做了什么，以及其结果的含义。'],
  ['plot', '绘制你指定的内容', '请绘图，标明坐标轴以及已知的单位：'],
  ['clean', '查找并修复数据中的问题', '找出缺失、重复和异常的值，并提出清洗方法：'],
  ['summary', '总结这个笔记本', '总结这个笔记本：提出了什么问题，发现了什么，还有什么没有解决。']
];

/** The commands that come with the extension, in the user's language. */
export function ownCommands(chinese: boolean): Slash[] {
  const asking = (chinese ? CHINESE : ENGLISH).map(([name, detail, prompt]): Slash => ({
    name,
    kind: 'command',
    detail,
    prompt: () => Promise.resolve(prompt),
    cell: name === 'fix' || name === 'explain'
  }));
  const doing = [
    ['new', chinese ? '开始新对话' : 'Begin a new conversation'],
    ['doctor', chinese ? '检查端点、密钥和设置' : 'Check the endpoint, the key and the settings']
  ] as const;
  return [
    ...asking,
    ...doing.map(([name, detail]): Slash => ({ name, kind: 'command', detail, prompt: null, cell: false }))
  ];
}

/** The user's own prompts: the Markdown files of a folder beside the notebook, each named as its file. */
export async function userPrompts(contents: Contents.IManager, notebook: string, folder: string): Promise<Slash[]> {
  const beside = notebook.split('/').slice(0, -1);
  const path = [...beside, ...folder.split('/').filter(Boolean)].join('/');
  try {
    const { content } = (await contents.get(path, { content: true })) as { content: unknown };
    const files = Array.isArray(content) ? (content as readonly Contents.IModel[]) : [];
    return files.filter(({ name, type }) => type !== 'directory' && name.endsWith('.md')).map(file => promptOf(contents, file));
  } catch {
    return []; // there is no such folder
  }
}

function promptOf(contents: Contents.IManager, { name, path }: Contents.IModel): Slash {
  return {
    name: name.replace(/\.md$/, '').replace(/\s+/g, '-'),
    kind: 'prompt',
    detail: path,
    prompt: async () => String((await contents.get(path, { type: 'file', format: 'text', content: true })).content).trim(),
    cell: false
  };
}

/** What a line begins with, and the rest of it. */
export function typed(line: string, known: readonly Slash[]): Typed {
  const [, name, rest] = /^\/(\S+)\s*([\s\S]*)$/.exec(line.trim()) ?? [];
  const slash = known.find(command => command.name === name);
  return slash ? { slash, rest: rest ?? '' } : { slash: null, rest: line.trim() };
}
