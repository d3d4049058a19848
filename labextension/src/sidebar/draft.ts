/**
 * What is being written to Kimi in a notebook: a text and what goes along with it. It survives a reload.
 *
 * It is kept in the browser, by the notebook's path, until it is sent.
 */

import type { Attachment } from '../tokens';
import { kindOf, list, object, text } from '../link/read';
import { Observable } from '../turn/observable';

const KEY = 'kimi-jupyter:draft:';
/** Bytes of an attachment that are sent, and characters that are kept of a draft: browsers give a page about 5 MB. */
const MOST_BYTES = 64 * 1024;
const MOST_KEPT = 256 * 1024;

export class Draft extends Observable {
  private text_ = '';
  private attachments_: readonly Attachment[] = [];
  private path_: string;
  /** Grows when the text was changed by something else than typing. */
  replaced = 0;

  /** @param storage Where it is kept; null where a browser gives none. */
  constructor(
    path: string,
    private readonly storage: Storage | null = ownStorage()
  ) {
    super();
    this.path_ = path;
    this.restore();
  }

  get text(): string {
    return this.text_;
  }

  get attachments(): readonly Attachment[] {
    return this.attachments_;
  }

  get empty(): boolean {
    return this.text_.trim() === '';
  }

  /** The notebook was renamed. */
  move(path: string): void {
    this.forget();
    this.path_ = path;
    this.keep();
  }

  /** Take over what was typed. */
  type(text: string): void {
    this.text_ = text;
    this.keep();
    this.changed();
  }

  /** Put another text in. */
  replace(text: string): void {
    this.replaced++;
    this.type(text);
  }

  attach(...attachments: readonly Attachment[]): void {
    const added = attachments.map(shortened);
    const others = this.attachments_.filter(({ name }) => !added.some(item => item.name === name));
    this.attachments_ = [...others, ...added];
    this.keep();
    this.changed();
  }

  detach(name: string): void {
    this.attachments_ = this.attachments_.filter(item => item.name !== name);
    this.keep();
    this.changed();
  }

  clear(): void {
    this.attachments_ = [];
    this.replace('');
  }

  private keep(): void {
    if (this.empty && !this.attachments_.length) {
      this.forget();
      return;
    }
    const kept = JSON.stringify({ text: this.text_, attachments: this.attachments_ });
    try {
      this.storage?.setItem(KEY + this.path_, kept.length <= MOST_KEPT ? kept : JSON.stringify({ text: this.text_ }));
    } catch {
      // The browser's storage is full: the draft lives as long as the page.
    }
  }

  private forget(): void {
    this.storage?.removeItem(KEY + this.path_);
  }

  private restore(): void {
    const kept = parsed(this.storage?.getItem(KEY + this.path_) ?? '');
    this.text_ = text(kept?.text);
    this.attachments_ = list(kept?.attachments).flatMap(item => {
      const kind = kindOf(['selection', 'cell', 'file'] as const, item.kind);
      return kind ? [{ kind, name: text(item.name), text: text(item.text) }] : [];
    });
  }
}

function ownStorage(): Storage | null {
  try {
    return window.localStorage;
  } catch {
    return null;
  }
}

function parsed(kept: string): Readonly<Record<string, unknown>> | null {
  try {
    return object(JSON.parse(kept || 'null'));
  } catch {
    return null;
  }
}

/** An attachment as it may be sent: what is too long loses its end, and says so. */
function shortened(attachment: Attachment): Attachment {
  const bytes = new TextEncoder().encode(attachment.text);
  if (bytes.length <= MOST_BYTES) {
    return attachment;
  }
  const remark = '\n… (cut)';
  const kept = new TextDecoder().decode(bytes.slice(0, MOST_BYTES - remark.length - 8)).replace(/\ufffd$/, '');
  return { ...attachment, text: kept + remark };
}
