/** The files beside a notebook and below, by the contents manager: what `@` completes and what is dropped. */

import { PathExt } from '@jupyterlab/coreutils';
import type { Contents } from '@jupyterlab/services';

import type { Attachment } from '../tokens';
import { middleCut } from './outputs';

export interface FileFound {
  /** Its path for the contents manager. */
  readonly path: string;
  /** Its path from the notebook's folder: what the notebook's code would open. */
  readonly name: string;
  /** Bytes; null where the manager doesn't tell. */
  readonly size: number | null;
}

/** Folders that are not looked into, and how many at most, how deep. */
const SKIPPED = /^(?:\.|__pycache__$|node_modules$|venv$|site-packages$)/;
const FOLDERS = 60;
const DEPTH = 3;
/** Milliseconds for which a listing counts. */
const FRESH = 15_000;
/** Bytes up to which a file is read to go along; of a larger one its name and size do. */
const READ = 1_000_000;
/** Characters of it that go along. */
const MOST = 20_000;

export class Files {
  private readonly listings = new Map<string, { readonly at: number; readonly files: Promise<FileFound[]> }>();

  constructor(private readonly contents: Contents.IManager) {}

  /** The files below the folder of a notebook, near ones first. */
  below(notebook: string): Promise<FileFound[]> {
    const folder = PathExt.dirname(notebook);
    const known = this.listings.get(folder);
    if (known && performance.now() - known.at < FRESH) {
      return known.files;
    }
    const files = this.walk(folder);
    this.listings.set(folder, { at: performance.now(), files });
    return files;
  }

  /** A file as it goes along: its text where it is one and not too large, else what it is. */
  async attachment(path: string, notebook: string): Promise<Attachment | null> {
    const name = PathExt.relative(PathExt.dirname(notebook), path);
    const told = await this.contents.get(path, { content: false }).catch(() => null);
    if (!told || told.type === 'directory') {
      return null;
    }
    const bytes = told.size ?? 0;
    const content = bytes <= READ ? await this.text(path) : null;
    const text = content ?? `[${sizeInWords(bytes)}, not text or too large to go along: read it by its path with code]`;
    return { kind: 'file', name, text: middleCut(text, MOST) };
  }

  private async text(path: string): Promise<string | null> {
    try {
      const told = await this.contents.get(path, { type: 'file', format: 'text', content: true });
      const content: unknown = told.content;
      return typeof content === 'string' ? content : null;
    } catch {
      return null; // the server refuses what is not UTF-8
    }
  }

  private async walk(root: string): Promise<FileFound[]> {
    const files: FileFound[] = [];
    let level = [root];
    let looked = 0;
    for (let depth = 0; depth <= DEPTH && level.length; depth++) {
      const folders = level.slice(0, FOLDERS - looked);
      looked += folders.length;
      const listings = await Promise.all(folders.map(folder => this.list(folder)));
      const items = listings.flat().filter(item => !SKIPPED.test(item.name));
      for (const { path, type, size } of items.filter(item => item.type !== 'directory')) {
        files.push({ path, name: PathExt.relative(root, path), size: type === 'notebook' ? null : (size ?? null) });
      }
      level = items.filter(item => item.type === 'directory').map(item => item.path);
    }
    return files;
  }

  private async list(folder: string): Promise<Contents.IModel[]> {
    const told = await this.contents.get(folder, { content: true }).catch(() => null);
    const content: unknown = told?.content;
    return Array.isArray(content) ? (content as Contents.IModel[]) : [];
  }
}

/** `812 B`, `45 kB`, `3.2 MB`. */
export function sizeInWords(bytes: number): string {
  const units = ['B', 'kB', 'MB', 'GB', 'TB'];
  const step = Math.min(units.length - 1, bytes < 1 ? 0 : Math.floor(Math.log10(bytes) / 3));
  const value = bytes / 1000 ** step;
  return `${step && value < 9.95 ? value.toFixed(1) : value.toFixed(0)} ${units[step] ?? ''}`;
}
