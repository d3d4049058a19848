/** What a call would do to a cell: which cell, and its source with the change in it. */

import { useEffect, useRef, useState, type ReactNode } from 'react';

import { useView } from './context';
import { Editor } from './Editor';
import type { Subject } from './host';
import type { Call } from './turn';
import { visible } from './visible';

/** The subject of a call as it is while somebody decides, and as it was then afterwards. */
export function useSubject(call: Call): Subject | null {
  const { host } = useView();
  const seen = useRef<Subject | null>(null);
  if (call.status === null && !call.started && call.decision === null) {
    seen.current = host.subject?.(call.proposal) ?? null;
  }
  return seen.current;
}

/** Which cell a call is about, and what is to be known of it. */
export function SubjectLines({ subject }: { subject: Subject }): ReactNode {
  const [first, ...more] = subject.words.split('\n');
  return (
    <div className="kimi-subject">
      <p>{visible(first ?? '')}</p>
      {more.map(line => (
        <p key={line} className="kimi-warn">
          {visible(line)}
        </p>
      ))}
    </div>
  );
}

interface Props {
  readonly before: string;
  readonly after: string;
  readonly label: string;
  readonly onEnd: () => void;
}

/** The differences between two texts; the new text alone where nothing is there to show them. */
export function DiffView({ before, after, label, onEnd }: Props): ReactNode {
  const { host, say } = useView();
  const place = useRef<HTMLDivElement>(null);
  const [failed, setFailed] = useState(host.diff === undefined);
  const ended = useRef(onEnd);
  ended.current = onEnd;
  const { blankLines } = say;

  useEffect(() => {
    let unmount: (() => void) | null = null;
    let wanted = true;
    host.diff?.().then(
      mount => {
        if (wanted && place.current) {
          unmount = mount(place.current, { before, after }, { label, blankLines, onEnd: () => ended.current() });
        }
      },
      () => setFailed(true) // a page that was left open while the extension was updated finds its parts no more
    );
    return () => {
      wanted = false;
      unmount?.();
    };
  }, [host, before, after, label, blankLines]);

  if (failed) {
    return <Editor code={after} label={label} editing={false} blankLines={blankLines} onChange={() => undefined} onEnd={onEnd} />;
  }
  return <div ref={place} className="kimi-editor kimi-diff" />;
}
