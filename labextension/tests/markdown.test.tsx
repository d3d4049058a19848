/** Markdown of a model: nothing of it acts, and it may come in pieces (hazards UI-01 to UI-16). */

import { readFileSync } from 'node:fs';
import { join } from 'node:path';

import { afterEach, describe, expect, it } from 'vitest';

import { GrowingText } from '../src/turn/growing';
import { Markdown, StreamingMarkdown } from '../src/turn/markdown/Markdown';
import { button, clear, click, clickByScript, show } from './person';

const PAYLOADS = JSON.parse(
  readFileSync(join(__dirname, '..', '..', 'tests', 'view', 'payloads.json'), 'utf-8')
) as Record<string, string[]>;
const EVERYTHING = Object.values(PAYLOADS).flat();

const ELEMENTS = new Set(
  (
    'p div span pre code strong em del br hr ul ol li blockquote table thead tbody tr th td button ' +
    // of KaTeX's MathML
    'math semantics annotation mrow mi mn mo mtext ms mspace msup msub msubsup mfrac msqrt mroot mtable mtr mtd ' +
    'mover munder munderover mstyle mpadded mphantom menclose merror'
  ).split(' ')
);
const ACTING = /^(?:on|src|href|srcset|poster|action|background|formaction|data-|xlink)/i;

/** Elements and attributes that could act, fetch or deceive. */
function harmful(element: HTMLElement): string[] {
  return [...element.querySelectorAll('*')].flatMap(each => [
    ...(ELEMENTS.has(each.tagName.toLowerCase()) ? [] : [each.tagName]),
    ...[...each.attributes]
      .filter(({ name, value }) => ACTING.test(name) || (name === 'style' && /url|position|fixed/i.test(value)))
      .map(({ name, value }) => `${name}=${value}`),
    ...[...each.classList].filter(name => !/^(?:katex$|kimi-|tok-)/.test(name))
  ]);
}

function streamed(text: string, size = 3): HTMLElement {
  const growing = new GrowingText();
  const shown = show(<StreamingMarkdown text={growing} length={0} />);
  for (let at = 0; at < text.length; at += size) {
    growing.append(text.slice(at, at + size));
    shown.redraw(<StreamingMarkdown text={growing} length={growing.length} />);
  }
  return shown.element;
}

afterEach(clear);

describe('Python that is being written', () => {
  const code = "import os\n\n@one\ndef f(x):\n    '''a\n\nb'''\n    if x:\n        return 1\n    else:\n        return [\n" +
    '            1,\n'.repeat(600) + "        ]\n\n\nfor y in 'abc':\n    print(y) # done\n";

  it('is whole at every moment, and coloured as it is at once in the end', () => {
    const text = `So:\n\n\`\`\`python\n${code}\`\`\`\n\nThat is it.`;
    const growing = new GrowingText();
    const shown = show(<StreamingMarkdown text={growing} length={0} />);
    for (let at = 0; at < text.length; at += 37) {
      growing.append(text.slice(at, at + 37));
      shown.redraw(<StreamingMarkdown text={growing} length={growing.length} />);
      const written = shown.element.querySelector('pre code')?.textContent ?? '';
      expect(code.startsWith(written.replace(/`*$/, '').trimEnd())).toBe(true);
    }
    const { element } = show(<Markdown text={text} />);
    expect(shown.element.querySelector('pre code')?.innerHTML).toBe(element.querySelector('pre code')?.innerHTML);
    expect(element.querySelectorAll('.tok-keyword').length).toBeGreaterThan(4);
  });
});

describe('hostile Markdown', () => {
  it('is there in numbers', () => {
    expect(EVERYTHING.length).toBeGreaterThanOrEqual(150);
  });

  it.each(EVERYTHING)('UI-01 does nothing: %j', text => {
    const { element } = show(<Markdown text={text} />);
    expect(harmful(element)).toEqual([]);
    expect(element.textContent).not.toMatch(/[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u202a-\u202e\u2066-\u2069]/);
    for (const link of element.querySelectorAll('.kimi-link')) {
      expect(link.getAttribute('title')).toMatch(/^(?:https?:\/\/[a-z0-9.:-]+(?:[/?#]|$)|mailto:)/);
    }
  });

  it('does nothing while it is written, either', () => {
    for (const text of EVERYTHING) {
      expect(harmful(streamed(text))).toEqual([]);
      clear();
    }
  });

  it('of absurd depth is shown as it is written', () => {
    for (const mark of ['> ', '- ', '[', '**_', '$']) {
      const { element } = show(<Markdown text={mark.repeat(5000)} />);
      expect(element.textContent).toContain(mark.trim());
      clear();
    }
  });
});

describe('an answer', () => {
  const TEXT = [
    '# Title\n\nSome *words*, **more** and `code`, ~~none~~.',
    '- one\n- two\n  1. three\n\n- four',
    '| a | b |\n|---|--:|\n| x | 1 |\n| y | 2 |',
    '```python\ndef f(x):\n    return x\n```',
    'Money: $5 and $6. Formula: $x^2$, \\(y\\).',
    '$$\n\\frac{1}{2}\n$$',
    '> quoted\n\n---\n\nThe end, see [docs](https://docs.example.org/).'
  ].join('\n\n');

  it.each([1, 2, 5, 17, 1000])('is the same in pieces of %d as whole', size => {
    const whole = show(<Markdown text={TEXT} />).element.innerHTML;
    expect(streamed(TEXT, size).innerHTML).toBe(whole);
  });

  it('draws finished blocks once', () => {
    const growing = new GrowingText();
    growing.append('first\n\nsecond');
    const shown = show(<StreamingMarkdown text={growing} length={growing.length} />);
    const [first] = shown.element.querySelectorAll('p');
    growing.append(' more\n\n```python\nx = 1\n');
    shown.redraw(<StreamingMarkdown text={growing} length={growing.length} />);
    expect(shown.element.querySelector('p')).toBe(first);
    expect(shown.element.querySelector('pre')?.textContent).toContain('x = 1');
  });

  it('keeps the text of one block without an end, in pieces that are drawn once', () => {
    const line = 'word '.repeat(3000);
    const element = streamed(line.repeat(20), 15_000);
    expect(element.textContent.replace(/\s+/g, ' ').trim()).toBe(line.repeat(20).trim());
    expect(Math.max(...[...element.querySelectorAll('p')].map(each => each.textContent.length))).toBeLessThan(100_000);
  });

  it('has headings below those of the notebook, highlighted Python, and formulas as MathML', () => {
    const { element } = show(<Markdown text={TEXT} />);
    expect(element.querySelector('[role=heading]')?.getAttribute('aria-level')).toBe('3');
    expect(element.querySelector('pre .tok-keyword')?.textContent).toBe('def');
    expect(element.querySelectorAll('math')).toHaveLength(3);
    expect(element.textContent).toContain('Money: $5 and $6.');
  });

  it('opens a link only at the second click of a person', async () => {
    const { element, host } = show(<Markdown text="See [docs](https://docs.example.org/a)." />);
    await click(element, 'docs');
    expect(element.textContent).toContain('https://docs.example.org/a');
    expect(host.others).toEqual([]);
    await clickByScript(element, 'Open');
    expect(host.others).toEqual([]);
    await click(element, 'Open');
    expect(host.others).toEqual([['openLink', 'https://docs.example.org/a']]);
    expect(button(element, 'Open')).toBeUndefined();
  });
});
