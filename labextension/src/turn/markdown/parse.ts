/**
 * Markdown to tokens, block by block, so that a streaming answer is never parsed from its beginning again.
 *
 * `marked` only takes texts apart here; nothing of its HTML is used. Imports no React.
 */

import { Marked, type Token } from 'marked';

export type { Token };

/** A formula, as the extensions below take it out of the text. */
export interface MathToken {
  readonly type: 'math';
  readonly raw: string;
  readonly text: string;
  readonly display: boolean;
}

const BLOCK_MATH = /^(?:\$\$([\s\S]{1,4000}?)\$\$|\\\[([\s\S]{1,4000}?)\\\])(?:\n|$)/;
// A dollar opens a formula only next to what is not a space or a digit's price: "$5 and $6" is money.
const INLINE_MATH = /^(?:\$\$([^\n$]{1,2000}?)\$\$|\$(?!\s)([^\n$]{1,2000}?[^\s\\$]|[^\s\\$])\$(?![\d\w])|\\\(([^\n]{1,2000}?)\\\))/;

const parser = new Marked({
  gfm: true,
  breaks: false,
  extensions: [
    {
      name: 'math',
      level: 'block',
      start: source => /\$\$|\\\[/.exec(source)?.index,
      tokenizer: source => mathToken(BLOCK_MATH.exec(source), true)
    },
    {
      name: 'math',
      level: 'inline',
      start: source => /\$|\\\(/.exec(source)?.index,
      tokenizer: source => mathToken(INLINE_MATH.exec(source), false)
    }
  ]
});

function mathToken(match: RegExpExecArray | null, display: boolean): MathToken | undefined {
  const groups: readonly (string | undefined)[] = match?.slice(1) ?? [];
  const text = groups.find(group => group !== undefined);
  return match && text !== undefined ? { type: 'math', raw: match[0], text, display } : undefined;
}

/** Characters from which a block is shown as it is written: no answer needs a paragraph like that. */
const LARGEST_BLOCK = 100_000;
/** Characters from which a block that still grows is gone on with in another, so that no piece costs ever more. */
const LARGEST_OPEN = 30_000;
/** Marks that open a level of nesting; with more in a row a text is an attack on the parser's stack. */
const NESTED = /(?:^|\n)[ \t]*(?:(?:>|[-*+]|\d{1,9}[.)])[ \t]*){40,}/;

/** The blocks of a text. One that can't be parsed in bounds is a paragraph of plain text. */
export function parse(source: string): Token[] {
  if (source.length > LARGEST_BLOCK || NESTED.test(source) || /[*_[\]~`]{400,}/.test(source)) {
    return [plain(source)];
  }
  try {
    return parser.lexer(source);
  } catch {
    return [plain(source)];
  }
}

function plain(source: string): Token {
  return { type: 'paragraph', raw: source, text: source, tokens: [{ type: 'text', raw: source, text: source }] };
}

function headOf(token: Token | undefined, text: string): string {
  const lines = token?.type === 'code' && /^ {0,3}(?:`{3}|~{3})/.test(text) ? 1 : token?.type === 'table' ? 2 : 0;
  const head = text.split('\n', lines).join('\n');
  return lines && head.length < 1000 ? `${head}\n` : '';
}

/** Takes a growing text apart: blocks that are finished stay as they are, and only the last is parsed again. */
export class GrowingBlocks {
  private readonly frozen: Token[] = [];
  private tail = '';
  private last: Token[] = [];

  /** Finished blocks. They never change. */
  get finished(): readonly Token[] {
    return this.frozen;
  }

  /** What may still change. */
  get open(): readonly Token[] {
    return this.last;
  }

  append(text: string): void {
    if (!text) {
      return;
    }
    this.tail += text;
    const tokens = parse(this.tail);
    const last = tokens.findLastIndex(token => token.type !== 'space');
    const done = tokens.slice(0, Math.max(0, last));
    this.frozen.push(...done);
    this.tail = this.tail.slice(done.reduce((length, token) => length + token.raw.length, 0));
    this.last = tokens.slice(done.length);
    while (this.tail.length > LARGEST_OPEN) {
      this.split();
    }
  }

  /** Freeze the first part of a block that grows without end; what a table or code begins with begins the rest too. */
  private split(): void {
    const head = headOf(this.last[0], this.tail);
    const line = this.tail.lastIndexOf('\n', LARGEST_OPEN - 1) + 1;
    const cut = line > head.length ? line : LARGEST_OPEN;
    this.frozen.push(...parse(this.tail.slice(0, cut)));
    this.tail = head + this.tail.slice(cut);
    this.last = parse(this.tail);
  }
}
