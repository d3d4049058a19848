/** A formula as MathML, which browsers draw by themselves: no fonts, no styles, no scripts. */

import katex from 'katex';
import { memo, type ReactNode } from 'react';

import { visible } from '../visible';

export const Formula = memo(function Formula({ tex, display }: { tex: string; display: boolean }): ReactNode {
  const markup = rendered(tex, display);
  if (markup === null) {
    return <code>{visible(tex)}</code>;
  }
  // KaTeX escapes what it is given, and trusts nothing in it (trust: false).
  return <span className={display ? 'kimi-math-block' : 'kimi-math'} dangerouslySetInnerHTML={{ __html: markup }} />;
});

function rendered(tex: string, displayMode: boolean): string | null {
  try {
    return katex.renderToString(tex, {
      output: 'mathml',
      displayMode,
      trust: false,
      throwOnError: true,
      strict: 'ignore',
      maxExpand: 100,
      maxSize: 10
    });
  } catch {
    return null;
  }
}
