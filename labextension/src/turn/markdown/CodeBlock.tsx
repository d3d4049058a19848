/** A block of code in an answer: Python is highlighted, everything can be copied. */

import { pythonLanguage } from '@codemirror/lang-python';
import { classHighlighter, highlightCode } from '@lezer/highlight';
import { memo, type ReactNode } from 'react';

import { visible } from '../visible';
import { CopyButton } from '../CopyButton';

/** Characters from which code is not highlighted. */
const LARGEST = 50_000;

export const CodeBlock = memo(function CodeBlock({ code, language }: { code: string; language: string }): ReactNode {
  return (
    <div className="kimi-code-block">
      <pre tabIndex={0}>
        <code>{/^(?:i?python3?|py)\b/i.test(language) ? highlighted(code) : visible(code)}</code>
      </pre>
      <CopyButton text={code} />
    </div>
  );
});

/** Python with a class on each kind of token. */
export function highlighted(code: string): ReactNode {
  if (code.length > LARGEST) {
    return visible(code);
  }
  const parts: ReactNode[] = [];
  highlightCode(
    code,
    pythonLanguage.parser.parse(code),
    classHighlighter,
    (text, classes) =>
      parts.push(
        classes ? (
          <span key={parts.length} className={classes}>
            {visible(text)}
          </span>
        ) : (
          visible(text)
        )
      ),
    () => parts.push('\n')
  );
  return parts;
}
