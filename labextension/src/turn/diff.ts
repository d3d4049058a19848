/**
 * Two texts as one with their differences, by CodeMirror: what a call would change in a cell.
 *
 * Imported when a card first shows a change, and never by the widget, whose bundle stays small.
 */

import { unifiedMergeView } from '@codemirror/merge';
import { EditorState, type Extension } from '@codemirror/state';
import { EditorView } from '@codemirror/view';

import { accessOf, atEnd, look, rootOf } from './Editor';
import type { MountDiff } from './host';

/** Equal lines in a row that are folded, and how many of them stay around a change. */
const FOLDED = { margin: 3, minSize: 8 };

export const mountDiff: MountDiff = (element, { before, after }, { label, blankLines, onEnd }) => {
  const view = new EditorView({
    parent: element,
    ...rootOf(element),
    state: EditorState.create({ doc: after, extensions: [...differences(before), accessOf(false), look(label, blankLines)] })
  });
  const scroller = view.scrollDOM;
  const looked = (): void => {
    if (atEnd(scroller)) {
      onEnd();
    }
  };
  scroller.addEventListener('scroll', looked, { passive: true });
  const sized = new ResizeObserver(looked);
  sized.observe(scroller);
  return () => {
    sized.disconnect();
    view.destroy();
  };
};

function differences(before: string): Extension[] {
  return [unifiedMergeView({ original: before, mergeControls: false, collapseUnchanged: FOLDED })];
}
