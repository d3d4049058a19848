/** Outputs of code that ran as scratch, drawn as the notebook draws its own. */

import { OutputArea, OutputAreaModel } from '@jupyterlab/outputarea';
import { Widget } from '@lumino/widgets';
import { useEffect, useRef, type ReactNode } from 'react';

import { useFollowed } from '../turn/observable';
import { useServices } from './context';
import type { ShownTurn } from './turns';

export function ScratchOutputs({ turn }: { turn: ShownTurn }): ReactNode {
  const { say, rendermime } = useServices();
  useFollowed(turn);
  if (!rendermime || !turn.scratch.size) {
    return null;
  }
  return (
    <section className="kimi-scratch" aria-label={say.scratch}>
      {[...turn.scratch].map(([request, outputs]) => (
        <Outputs key={request} outputs={outputs} />
      ))}
    </section>
  );
}

function Outputs({ outputs }: { outputs: ShownTurn['scratch'] extends ReadonlyMap<string, infer T> ? T : never }): ReactNode {
  const { rendermime } = useServices();
  const place = useRef<HTMLDivElement>(null);
  const model = useRef<OutputAreaModel | null>(null);
  useEffect(() => {
    if (!place.current || !rendermime) {
      return;
    }
    // As untrusted as any output of a notebook from elsewhere: the code was a model's.
    const shown = new OutputAreaModel({ trusted: false });
    const area = new OutputArea({ model: shown, rendermime });
    model.current = shown;
    Widget.attach(area, place.current);
    return () => {
      model.current = null;
      area.dispose();
    };
  }, [rendermime]);
  useEffect(() => model.current?.fromJSON([...outputs]), [outputs]);
  return <div ref={place} />;
}
