/** A whole turn, from its state. */

import { type ReactNode, useState } from 'react';

import { useChangingView } from './context';
import { Footer } from './Footer';
import { StreamingMarkdown } from './markdown/Markdown';
import { Plan } from './Plan';
import { StepView } from './StepView';

/** The newest steps that are shown in full while there are more. */
const IN_FULL = 12;
/** Steps that are told in a line each; those before them are folded together. */
const IN_BRIEF = 24;

export function TurnView(): ReactNode {
  const { store, say } = useChangingView();
  const { turn } = store;
  const last = turn.steps.at(-1);
  // Text without calls in the newest step is the answer. Of a record it stands below, as Markdown of the notebook's own.
  const answer = last && !last.text.blank && !last.calls.length && !last.drafts.size ? last : null;
  // Of several reasonings the newest is the landmark: names of landmarks are to be unique.
  const thought = turn.steps.findLast(step => !step.reasoning.blank);
  const brief = turn.steps.length - IN_FULL;
  const [unfolded, setUnfolded] = useState(false);
  const folded = unfolded || brief <= IN_BRIEF ? 0 : brief - IN_BRIEF;
  return (
    <>
      {folded > 0 && (
        <button type="button" className="kimi-fold" aria-expanded={false} onClick={() => setUnfolded(true)}>
          {say.earlier(folded)}
        </button>
      )}
      {turn.steps.slice(folded).map((step, place) => (
        <StepView
          key={step.number}
          step={step}
          version={step.version}
          answers={step === answer}
          newest={step === thought}
          brief={folded + place < brief && step.calls.every(call => call.status !== null)}
        />
      ))}
      {answer && store.live && (
        <section className="kimi-answer kimi-prose" aria-label={say.answer}>
          <StreamingMarkdown text={answer.text} length={answer.text.length} />
        </section>
      )}
      <Plan />
      <Footer />
    </>
  );
}
