/**
 * The reasoning of a step: a live line that opens to the whole text.
 *
 * It is open while the model thinks and closes when it goes on, unless the user has opened or closed it: then it stays
 * as they left it. What is full is never laid out again, and what is out of sight is not painted.
 */

import { memo, useEffect, useLayoutEffect, useRef, useState, type ReactNode } from 'react';

import { useView } from './context';
import type { Step } from './turn';
import { visible } from './visible';
import { thinking } from './words';

/** Pixels from the end within which the text follows what is written. */
const FOLLOWS = 24;

export function Reasoning({ step, newest }: { step: Step; newest: boolean }): ReactNode {
  const { say } = useView();
  const [choice, setChoice] = useState<boolean | null>(null);
  const open = choice ?? step.thinking;
  if (step.reasoning.blank) {
    return null;
  }
  return (
    <section
      className="kimi-reasoning"
      role={newest ? 'region' : 'group'}
      aria-label={newest ? say.reasoning : say.reasoningOf(step.number)}
    >
      <button type="button" className="kimi-fold" aria-expanded={open} onClick={() => setChoice(!open)}>
        <span className={step.thinking ? 'kimi-dot kimi-alive' : 'kimi-dot'} aria-hidden="true" />
        <LiveLine step={step} />
      </button>
      {open && <Thoughts step={step} length={step.reasoning.length} />}
    </section>
  );
}

/** Time and tokens; goes on by itself once a second while the model thinks. */
function LiveLine({ step }: { step: Step }): ReactNode {
  const { store, say } = useView();
  const [, tick] = useState(0);
  useEffect(() => {
    const timer = step.thinking ? setInterval(() => tick(count => count + 1), 1000) : undefined;
    return () => clearInterval(timer);
  }, [step.thinking]);
  return <span>{thinking(store.turn, step, say)}</span>;
}

function Thoughts({ step, length }: { step: Step; length: number }): ReactNode {
  const box = useRef<HTMLDivElement>(null);
  const follows = useRef(true);
  const chunks = step.reasoning.chunks();
  useLayoutEffect(() => {
    if (box.current && follows.current && step.thinking) {
      box.current.scrollTop = box.current.scrollHeight;
    }
  }, [length, step.thinking]);
  return (
    <div
      ref={box}
      className="kimi-thoughts"
      tabIndex={0}
      onScroll={event => {
        const { scrollTop, clientHeight, scrollHeight } = event.currentTarget;
        follows.current = scrollTop + clientHeight >= scrollHeight - FOLLOWS;
      }}
    >
      {chunks.map((chunk, place) => (
        <Chunk key={place} text={chunk} />
      ))}
    </div>
  );
}

const Chunk = memo(function Chunk({ text }: { text: string }): ReactNode {
  return <div className="kimi-chunk">{visible(text)}</div>;
});
