/** A call as a card: what it would do, its code, and, while it waits, the decision. */

import { memo, useRef, useState, type KeyboardEvent, type ReactNode } from 'react';

import { Chips } from './Chips';
import { useChangingView, useView } from './context';
import { CopyButton } from './CopyButton';
import { DecisionBar } from './DecisionBar';
import { DiffView, SubjectLines, useSubject } from './DiffView';
import { DraftedCode } from './drafted';
import { Editor } from './Editor';
import type { GrowingText } from './growing';
import type { Subject } from './host';
import type { Call, Draft, Step } from './turn';
import { visible } from './visible';
import { GO_ON, PLAN, cut, state, title, type CallState } from './words';

/** Characters of the model's own description, and of a result, that are shown (hazards APP-04). */
const PURPOSE = 300;
const RESULT = 4000;

const MARKS: Readonly<Record<CallState, string>> = { waits: '●', runs: '▸', ok: '✓', bad: '✗', no: '–' };

/** `version` tells that the call may have changed. */
export const CallCard = memo(function CallCard({ step, call }: { step: Step; call: Call; version: number }): ReactNode {
  const { store, say } = useChangingView();
  const open = store.open?.call === call.proposal.call && call.waiting ? store.open : null;
  const [kind, words] = state(call, say);
  const shown = call.waiting && !open && store.live && store.open ? say.waitsItsTurn : words;
  const subject = useSubject(call);
  return (
    <div className={`kimi-card kimi-${kind}${open ? ' kimi-open' : ''}`} tabIndex={-1}>
      <div className="kimi-card-head">
        <span className="kimi-mark" aria-hidden="true">
          {MARKS[kind]}
        </span>
        <span className="kimi-tool">{visible(title(call, say))}</span>
        <span className="kimi-state">{visible(shown)}</span>
      </div>
      {call.proposal.purpose && (
        <p className="kimi-purpose">
          <span className="kimi-faint">{say.purpose}</span> {visible(cut(call.proposal.purpose, PURPOSE))}
        </p>
      )}
      <Chips effects={call.effects} />
      {subject && <SubjectLines subject={subject} />}
      <Code key={open?.nonce ?? 'closed'} step={step} call={call} subject={subject} open={open !== null} />
      <Result call={call} />
    </div>
  );
});

interface CodeProps {
  readonly step: Step;
  readonly call: Call;
  readonly subject: Subject | null;
  readonly open: boolean;
}

/** The code with, while the card is open, the buttons that decide on exactly the text shown. */
function Code({ step, call, subject, open }: CodeProps): ReactNode {
  const { store, say } = useView();
  const code = call.code;
  const [text, setText] = useState(code ?? '');
  const [editing, setEditing] = useState(false);
  const [restored, setRestored] = useState(0);
  const [ended, setEnded] = useState(false);
  const source = code ?? sourceOf(subject);
  const args = subject ? '' : argumentsOf(call);
  const label = say.codeOf(step.number);
  const onEnd = (): void => setEnded(true);
  const edited = editing && text !== code;
  const edit = (on: boolean): void => {
    setText(code ?? '');
    setEditing(on);
    setRestored(restored + (on ? 0 : 1));
  };
  return (
    <div onKeyDown={event => leave(event, editing && !edited ? () => edit(false) : null)}>
      {source === null ? (
        args && <pre className="kimi-arguments">{visible(args)}</pre>
      ) : subject?.before != null && !editing ? (
        <DiffView before={subject.before} after={source} label={label} onEnd={onEnd} />
      ) : (
        <Editor
          key={restored}
          code={source}
          label={label}
          editing={editing}
          blankLines={say.blankLines}
          onChange={setText}
          onEnd={onEnd}
        />
      )}
      {open && store.open ? (
        <DecisionBar
          open={store.open}
          shown={code === null ? null : editing ? text : code}
          digestOf={call.proposal.digest}
          edited={edited}
          editing={editing}
          readToEnd={ended || source === null}
          // A cell of the user's runs as it is.
          onEdit={code === null || subject ? null : edit}
        />
      ) : (
        <Tools call={call} code={code} />
      )}
    </div>
  );
}

/** The text of a call about a cell: what would be there, nothing where the cell would go, null where none changes. */
function sourceOf(subject: Subject | null): string | null {
  return subject && (subject.after ?? (subject.before === null ? null : ''));
}

/** Escape leaves the editor for the buttons; what was typed stays. */
function leave({ key, target, currentTarget }: KeyboardEvent<HTMLElement>, stop: (() => void) | null): void {
  if (key === 'Escape' && target instanceof HTMLElement && target.closest('.kimi-editing')) {
    currentTarget.querySelector<HTMLElement>('[data-first]')?.focus();
    stop?.();
  }
}

/** What can be done with code that is decided on. */
function Tools({ call, code }: { call: Call; code: string | null }): ReactNode {
  const { host, say } = useView();
  if (code === null || call.status === null) {
    return null;
  }
  const { cell } = host;
  return (
    <div className="kimi-tools">
      <CopyButton text={code} />
      {cell && call.status !== 'invalid' && (
        <button
          type="button"
          className="kimi-button kimi-quiet"
          onClick={event => event.isTrusted && cell([call.proposal.call])}
        >
          {say.cell}
        </button>
      )}
    </div>
  );
}

function Result({ call }: { call: Call }): ReactNode {
  const { say } = useView();
  const text = call.text.trim();
  if (call.status === null || call.status === 'denied' || !text) {
    return null;
  }
  return (
    <details className="kimi-result">
      <summary>{say.result}</summary>
      <pre tabIndex={0}>{visible(cut(text, RESULT))}</pre>
    </details>
  );
}

function argumentsOf(call: Call): string {
  if (call.proposal.name === PLAN && call.status === 'ok') {
    return ''; // it stands below as a checklist
  }
  const goesOn = call.proposal.name === GO_ON;
  const rows = Object.entries(call.proposal.arguments).map(([name, value]) =>
    goesOn ? `${name}: ${String(value)}` : `${name} = ${JSON.stringify(value)}`
  );
  return cut(rows.join('\n'), RESULT);
}

/** A call that is being written: how far it has come, and the last lines of its code. */
export function DraftCard({ draft, length }: { draft: Draft; length: number }): ReactNode {
  const { say } = useView();
  const code = useDrafted(draft.arguments, length);
  const isCode = draft.name === '' || draft.name === 'run_python';
  const words = isCode ? say.writing(code.lines || 1) : say.writingCall(visible(cut(draft.name, 60)));
  return (
    <div className="kimi-card kimi-runs">
      <div className="kimi-card-head">
        <span className="kimi-mark" aria-hidden="true">
          ▸
        </span>
        <span className="kimi-state">{words}</span>
      </div>
      {code.tail && <pre className="kimi-draft">{visible(code.tail)}</pre>}
    </div>
  );
}

/** The code in a text that grows. */
function useDrafted(text: GrowingText, length: number): DraftedCode {
  const decoded = useRef<{ of: GrowingText; code: DraftedCode; length: number } | null>(null);
  if (decoded.current?.of !== text) {
    decoded.current = { of: text, code: new DraftedCode(), length: 0 };
  }
  const now = decoded.current;
  if (now.length < length) {
    now.code.append(text.since(now.length));
    now.length = length;
  }
  return now.code;
}
