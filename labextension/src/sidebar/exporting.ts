/** Saves an exported conversation beside its notebook, or hands it to the browser. Imports no React. */

import type { Contents } from '@jupyterlab/services';

export interface Exported {
  readonly name: string;
  readonly text: string;
}

/** Save a text beside a notebook, under a name that is free; the path that it has then. */
export async function saveBeside(contents: Contents.IManager, notebook: string, { name, text }: Exported): Promise<string> {
  const folder = notebook.split('/').slice(0, -1).join('/');
  const taken = await namesIn(contents, folder);
  const path = [folder, freeName(name, taken)].filter(Boolean).join('/');
  await contents.save(
    path,
    name.endsWith('.ipynb')
      ? { type: 'notebook', format: 'json', content: JSON.parse(text) as unknown }
      : { type: 'file', format: 'text', content: text }
  );
  return path;
}

/** Hand a text to the browser as a file. */
export function download({ name, text }: Exported): void {
  const url = URL.createObjectURL(new Blob([text], { type: 'application/octet-stream' }));
  const link = document.createElement('a');
  link.href = url;
  link.download = plainName(name);
  link.click();
  URL.revokeObjectURL(url);
}

async function namesIn(contents: Contents.IManager, folder: string): Promise<Set<string>> {
  const { content } = (await contents.get(folder, { content: true })) as { content: unknown };
  return new Set((Array.isArray(content) ? (content as readonly Contents.IModel[]) : []).map(({ name }) => name));
}

/** A name without anything that leads elsewhere: it holds a title, which anybody may have written. */
export function plainName(name: string): string {
  return name.replace(/[^\p{L}\p{N} ._()-]/gu, '-').replace(/^\.+/, '').slice(-120) || 'conversation.md';
}

/** The name, with a number where it is taken. */
export function freeName(name: string, taken: ReadonlySet<string>): string {
  const plain = plainName(name);
  const [, stem, ending] = /^(.*?)(\.[^.]+)?$/.exec(plain) ?? [];
  let free = plain;
  for (let number = 2; taken.has(free); number++) {
    free = `${stem ?? ''}-${number}${ending ?? ''}`;
  }
  return free;
}
