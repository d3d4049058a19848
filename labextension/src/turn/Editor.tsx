/**
 * The code of a call in CodeMirror: whole, wrapped, with what can't be seen written out (hazards §2.3).
 *
 * Read-only until the user edits. Long runs of blank lines are pointed out, so that nothing hides below them.
 */

import { defaultKeymap, history, historyKeymap, indentWithTab } from '@codemirror/commands';
import { python } from '@codemirror/lang-python';
import { indentUnit, syntaxHighlighting } from '@codemirror/language';
import { Compartment, EditorState, type Extension, RangeSetBuilder, StateField } from '@codemirror/state';
import {
  Decoration,
  type DecorationSet,
  EditorView,
  highlightSpecialChars,
  keymap,
  lineNumbers,
  WidgetType
} from '@codemirror/view';
import { classHighlighter } from '@lezer/highlight';
import { useLayoutEffect, useRef, type ReactNode } from 'react';

import { escaped, UNSEEN_CHARACTER } from './visible';

/** Blank lines in a row that are pointed out (hazards APP-01). */
const BLANK_LINES = 12;

export interface EditorProps {
  /** What it begins with; what is typed stays in the editor and is told by `onChange`. */
  readonly code: string;
  readonly label: string;
  readonly editing: boolean;
  /** How a run of blank lines is told. */
  readonly blankLines: (number: number) => string;
  readonly onChange: (code: string) => void;
  /** The last line is on screen, as far as the editor's own scrolling goes. */
  readonly onEnd: () => void;
}

export function Editor({ code, label, editing, blankLines, onChange, onEnd }: EditorProps): ReactNode {
  const place = useRef<HTMLDivElement>(null);
  const editor = useRef<{ view: EditorView; access: Compartment } | null>(null);
  const changed = useRef(onChange);
  const ended = useRef(onEnd);
  changed.current = onChange;
  ended.current = onEnd;

  // Before the next key, which is meant for the editor.
  useLayoutEffect(() => {
    if (!place.current) {
      return undefined;
    }
    const access = new Compartment();
    const view = new EditorView({
      parent: place.current,
      ...rootOf(place.current),
      state: EditorState.create({
        doc: code,
        extensions: [
          access.of(accessOf(false)),
          look(label, blankLines),
          EditorView.updateListener.of(update => {
            if (update.docChanged) {
              changed.current(update.state.doc.toString());
            }
          })
        ]
      })
    });
    editor.current = { view, access };
    const look_ = (): void => {
      if (atEnd(view.scrollDOM)) {
        ended.current();
      }
    };
    view.scrollDOM.addEventListener('scroll', look_, { passive: true });
    const sized = new ResizeObserver(look_);
    sized.observe(view.scrollDOM);
    return () => {
      sized.disconnect();
      view.destroy();
      editor.current = null;
    };
    // A new label or text makes a new editor; what is typed into it does not.
  }, [code, label, blankLines]);

  useLayoutEffect(() => {
    const now = editor.current;
    if (now) {
      now.view.dispatch({ effects: now.access.reconfigure(accessOf(editing)) });
      if (editing) {
        now.view.focus();
      }
    }
  }, [editing, code, label, blankLines]);

  return <div ref={place} className={editing ? 'kimi-editor kimi-editing' : 'kimi-editor'} />;
}

/** A shadow root has a selection and styles of its own; an element that is in no page yet is in none. */
export function rootOf(element: HTMLElement): { root?: ShadowRoot } {
  const root = element.getRootNode();
  return root instanceof ShadowRoot ? { root } : {};
}

/** Whether text can be typed. */
export function accessOf(editing: boolean): Extension {
  if (!editing) {
    return [EditorState.readOnly.of(true), EditorView.contentAttributes.of({ 'aria-readonly': 'true' })];
  }
  return [history(), keymap.of([...defaultKeymap, ...historyKeymap, indentWithTab])];
}

/** How every text of a call is shown. */
export function look(label: string, blankLines: (number: number) => string): Extension {
  return [
    lineNumbers(),
    EditorView.lineWrapping,
    EditorState.lineSeparator.of('\n'),
    EditorState.tabSize.of(4),
    indentUnit.of('    '),
    python(),
    syntaxHighlighting(classHighlighter),
    highlightSpecialChars({
      specialChars: new RegExp(UNSEEN_CHARACTER.source, 'gu'),
      render: point => {
        const mark = document.createElement('span');
        mark.className = 'kimi-unseen';
        mark.textContent = escaped(String.fromCodePoint(point));
        return mark;
      }
    }),
    blankRuns(blankLines),
    EditorView.contentAttributes.of({ 'aria-label': label, tabindex: '0', spellcheck: 'false', autocorrect: 'off' })
  ];
}

/** Whether an editor is scrolled to its end. */
export function atEnd(scroller: HTMLElement): boolean {
  // What has no height is not on screen.
  return scroller.clientHeight > 0 && scroller.scrollTop + scroller.clientHeight >= scroller.scrollHeight - 4;
}

class BlankRun extends WidgetType {
  constructor(private readonly words: string) {
    super();
  }

  override eq(other: BlankRun): boolean {
    return other.words === this.words;
  }

  override toDOM(): HTMLElement {
    const mark = document.createElement('div');
    mark.className = 'kimi-blank-run';
    mark.textContent = `↓ ${this.words}`;
    return mark;
  }
}

/** A mark above each long run of blank lines that code follows. */
function blankRuns(words: (number: number) => string): Extension {
  const marks = (state: EditorState): DecorationSet => {
    const builder = new RangeSetBuilder<Decoration>();
    let run = 0;
    for (let number = 1; number <= state.doc.lines; number++) {
      const line = state.doc.line(number);
      if (line.text.trim() === '') {
        run++;
        continue;
      }
      if (run >= BLANK_LINES) {
        const above = state.doc.line(number - run);
        builder.add(above.from, above.from, Decoration.widget({ widget: new BlankRun(words(run)), block: true, side: -1 }));
      }
      run = 0;
    }
    return builder.finish();
  };
  return StateField.define<DecorationSet>({
    create: marks,
    update: (value, transaction) => (transaction.docChanged ? marks(transaction.state) : value),
    provide: field => EditorView.decorations.from(field)
  });
}
