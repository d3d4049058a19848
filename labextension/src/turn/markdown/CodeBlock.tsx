/** A block of code in an answer: Python is highlighted, everything can be copied. */

import { pythonLanguage } from '@codemirror/lang-python';
import { classHighlighter, highlightCode } from '@lezer/highlight';
import { memo, type ReactNode, useRef } from 'react';

import { visible } from '../visible';
import { CopyButton } from '../CopyButton';

/** Characters from which code is not highlighted. */
const LARGEST = 50_000;
/** Characters from which a statement that is still being written is not. */
const LARGEST_STATEMENT = 4_000;

interface Props {
  readonly code: string;
  readonly language: string;
  /** It is still being written. */
  readonly growing: boolean;
}

export const CodeBlock = memo(function CodeBlock({ code, language, growing }: Props): ReactNode {
  const isPython = /^(?:i?python3?|py)\b/i.test(language);
  return (
    <div className="kimi-code-block">
      <CopyButton text={code} />
      <pre>
        <code>{!isPython ? visible(code) : growing ? <GrowingPython code={code} /> : highlighted(code)}</code>
      </pre>
    </div>
  );
});

/** Python that is still being written: statements that are over are not looked at again. */
function GrowingPython({ code }: { code: string }): ReactNode {
  const over = useRef<{ text: string; statements: string[] }>({ text: '', statements: [] });
  if (!code.startsWith(over.current.text)) {
    over.current = { text: '', statements: [] };
  }
  const { statements } = over.current;
  const rest = code.slice(over.current.text.length);
  const begun = rest.length < LARGEST_STATEMENT ? (pythonLanguage.parser.parse(rest).topNode.lastChild?.from ?? 0) : 0;
  if (begun > 0) {
    statements.push(rest.slice(0, begun));
    over.current.text += rest.slice(0, begun);
  }
  const last = rest.slice(begun);
  return (
    <>
      {statements.map((statement, place) => (
        <Python key={place} code={statement} />
      ))}
      {last.length < LARGEST_STATEMENT ? <Python code={last} /> : visible(last)}
    </>
  );
}

const Python = memo(function Python({ code }: { code: string }): ReactNode {
  return highlighted(code);
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
