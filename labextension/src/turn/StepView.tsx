/** One step: what the user added, what the model thought and said, and the calls it made. */

import { memo, useState, type ReactNode } from 'react';

import { CallCard, DraftCard } from './CallCard';
import { useView } from './context';
import { StreamingMarkdown } from './markdown/Markdown';
import { Reasoning } from './Reasoning';
import type { Step } from './turn';
import { visible } from './visible';
import { cut, state } from './words';

interface Props {
  readonly step: Step;
  /** Tells that the step may have changed. */
  readonly version: number;
  /** Its text is the answer, which stands apart. */
  readonly answers: boolean;
  /** Nothing after it was reasoned. */
  readonly newest: boolean;
  /** It is so far back that one line says enough. */
  readonly brief: boolean;
}

export const StepView = memo(function StepView({ step, version, answers, newest, brief }: Props): ReactNode {
  const { say } = useView();
  const [opened, setOpened] = useState(false);
  if (brief && !opened) {
    return (
      <section className="kimi-step" aria-label={say.step(step.number)}>
        <button type="button" className="kimi-fold" aria-expanded={false} onClick={() => setOpened(true)}>
          <span className="kimi-faint">{say.step(step.number)}</span> {brevity(step, say)}
        </button>
      </section>
    );
  }
  const said = !answers && !step.text.blank;
  if (!said && step.reasoning.blank && !step.calls.length && !step.drafts.size && !step.notes.length) {
    return null;
  }
  return (
    <section className="kimi-step" aria-label={say.step(step.number)}>
      {step.notes.map((note, place) => (
        <p key={place} className="kimi-note">
          <span className="kimi-faint">{say.yourNote}</span> {visible(note)}
        </p>
      ))}
      <Reasoning step={step} newest={newest} />
      {said && (
        <div className="kimi-prose">
          <StreamingMarkdown text={step.text} length={step.text.length} />
        </div>
      )}
      {step.calls.map(call => (
        <CallCard key={call.proposal.call} step={step} call={call} version={version} />
      ))}
      {[...step.drafts].map(([index, draft]) => (
        <DraftCard key={`draft ${index}`} draft={draft} length={draft.arguments.length} />
      ))}
    </section>
  );
});

/** A step that is long over, in one line. */
function brevity(step: Step, say: Parameters<typeof state>[1]): string {
  const calls = step.calls.map(call => {
    const what = call.proposal.purpose || call.code?.trim().split('\n', 1)[0] || call.proposal.name;
    return `${cut(what, 80)} · ${state(call, say)[1]}`;
  });
  return visible(cut(calls.join('; ') || step.text.toString().trim() || say.thought, 200));
}
