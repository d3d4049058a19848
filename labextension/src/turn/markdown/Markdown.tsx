/**
 * Markdown as React elements: an allowlist by construction.
 *
 * Raw HTML is shown as text, pictures are not fetched (their description stands for them), links open only after their
 * whole address was shown (hazards §2.11).
 */

import type { Tokens } from 'marked';
import { memo, useMemo, useRef, type ReactNode } from 'react';

import { safeAddress } from '../address';
import type { GrowingText } from '../growing';
import { visible } from '../visible';
import { CodeBlock } from './CodeBlock';
import { Formula } from './Formula';
import { Link } from './Link';
import { GrowingBlocks, type MathToken, parse, type Token } from './parse';

/** Rows of a table that are drawn. */
const MOST_ROWS = 500;
/** Levels of nesting that are drawn. */
const DEEPEST = 24;

/** A whole text. */
export const Markdown = memo(function Markdown({ text }: { text: string }): ReactNode {
  return useMemo(() => parse(text).map((token, place) => <Block key={place} token={token} depth={0} />), [text]);
});

/** A text that is still being written. `length` is what tells that it has grown. */
export function StreamingMarkdown({ text, length }: { text: GrowingText; length: number }): ReactNode {
  const parsed = useRef<{ of: GrowingText; blocks: GrowingBlocks; length: number } | null>(null);
  if (parsed.current?.of !== text) {
    parsed.current = { of: text, blocks: new GrowingBlocks(), length: 0 };
  }
  const now = parsed.current;
  if (now.length < length) {
    now.blocks.append(text.since(now.length));
    now.length = length;
  }
  const { finished, open } = now.blocks;
  return (
    <>
      {finished.map((token, place) => (
        <Block key={place} token={token} depth={0} />
      ))}
      {open.map((token, place) => (
        <Block key={finished.length + place} token={token} depth={0} growing={place === open.length - 1} />
      ))}
    </>
  );
}

interface BlockProps {
  readonly token: Token;
  readonly depth: number;
  /** It is still being written. */
  readonly growing?: boolean;
}

const Block = memo(function Block({ token, depth, growing = false }: BlockProps): ReactNode {
  if (depth > DEEPEST) {
    return <p>{visible(token.raw)}</p>;
  }
  switch (token.type) {
    case 'space':
    case 'def':
      return null;
    case 'hr':
      return <hr />;
    case 'math':
      return <Formula tex={(token as MathToken).text} display />;
    case 'code':
      return <CodeBlock code={(token as Tokens.Code).text} language={(token as Tokens.Code).lang ?? ''} growing={growing} />;
    case 'heading':
      return <Heading token={token as Tokens.Heading} depth={depth} />;
    case 'blockquote':
      return <blockquote>{blocks((token as Tokens.Blockquote).tokens, depth)}</blockquote>;
    case 'list':
      return <List token={token as Tokens.List} depth={depth} />;
    case 'table':
      return <Table token={token as Tokens.Table} depth={depth} />;
    case 'paragraph':
      return <p>{inline((token as Tokens.Paragraph).tokens, depth)}</p>;
    case 'text':
      return <>{inline((token as Tokens.Text).tokens ?? [token], depth)}</>;
    default: // html among them
      return <p>{visible(token.raw)}</p>;
  }
});

function blocks(tokens: readonly Token[], depth: number): ReactNode {
  return tokens.map((token, place) => <Block key={place} token={token} depth={depth + 1} />);
}

function Heading({ token, depth }: { token: Tokens.Heading; depth: number }): ReactNode {
  // A model's heading must not outrank those of the notebook: its first level is our third.
  const level = Math.min(6, token.depth + 2);
  const content = inline(token.tokens, depth);
  return (
    <div role="heading" aria-level={level} className={`kimi-heading kimi-heading-${Math.min(4, token.depth)}`}>
      {content}
    </div>
  );
}

function List({ token, depth }: { token: Tokens.List; depth: number }): ReactNode {
  const items = token.items.map((item, place) => (
    <li key={place}>
      {item.task && <span aria-hidden="true">{item.checked ? '☑ ' : '☐ '}</span>}
      {blocks(item.tokens, depth)}
    </li>
  ));
  const start = typeof token.start === 'number' && token.start < 1e9 ? token.start : 1;
  return token.ordered ? <ol start={start}>{items}</ol> : <ul>{items}</ul>;
}

function Table({ token, depth }: { token: Tokens.Table; depth: number }): ReactNode {
  const rows = token.rows.slice(0, MOST_ROWS);
  const left = token.rows.length - rows.length;
  return (
    <div className="kimi-table" role="group" tabIndex={0}>
      <table>
        <thead>
          <tr>
            {token.header.map((cell, place) => (
              <th key={place} className={aligned(cell.align)}>
                {inline(cell.tokens, depth)}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {rows.map((row, place) => (
            <tr key={place}>
              {row.map((cell, column) => (
                <td key={column} className={aligned(cell.align)}>
                  {inline(cell.tokens, depth)}
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
      {left > 0 && <div className="kimi-faint">… {left}</div>}
    </div>
  );
}

function aligned(align: string | null): string | undefined {
  return align === 'right' || align === 'center' ? `kimi-${align}` : undefined;
}

function inline(tokens: readonly Token[], depth: number): ReactNode {
  if (depth > DEEPEST) {
    return visible(tokens.map(token => token.raw).join(''));
  }
  return tokens.map((token, place) => <Inline key={place} token={token} depth={depth + 1} />);
}

function Inline({ token, depth }: { token: Token; depth: number }): ReactNode {
  switch (token.type) {
    case 'text':
      return (token as Tokens.Text).tokens?.length
        ? inline((token as Tokens.Text).tokens ?? [], depth)
        : visible(token.raw);
    case 'escape':
      return visible((token as Tokens.Escape).text);
    case 'strong':
      return <strong>{inline((token as Tokens.Strong).tokens, depth)}</strong>;
    case 'em':
      return <em>{inline((token as Tokens.Em).tokens, depth)}</em>;
    case 'del':
      return <del>{inline((token as Tokens.Del).tokens, depth)}</del>;
    case 'codespan':
      return <code>{visible((token as Tokens.Codespan).text)}</code>;
    case 'br':
      return <br />;
    case 'math':
      return <Formula tex={(token as MathToken).text} display={false} />;
    case 'link':
      return <LinkOrText token={token as Tokens.Link} depth={depth} />;
    case 'image':
      return <span className="kimi-faint">[{visible((token as Tokens.Image).text || 'image')}]</span>;
    default: // html among them
      return visible(token.raw);
  }
}

function LinkOrText({ token, depth }: { token: Tokens.Link; depth: number }): ReactNode {
  const label = inline(token.tokens, depth);
  const address = safeAddress(token.href);
  return address ? <Link address={address}>{label}</Link> : <>{label}</>;
}
