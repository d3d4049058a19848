/** Files and cells that are dropped on the input: from JupyterLab, where drags are Lumino's, or from the desktop. */

import { useEffect, useState, type RefObject } from 'react';

import type { Attachment, DragData } from '../tokens';
import type { Chat } from './chat';
import { useServices } from './context';

/** Bytes that are read of a file: a little more than goes along, so that a cut is seen. */
const MOST_READ = 80 * 1024;

/** Take drops on an element; whether something is held over it now. */
export function useDrops(place: RefObject<HTMLElement>, chat: Chat): boolean {
  const { mentions } = useServices();
  const [over, setOver] = useState(false);
  useEffect(() => {
    const element = place.current;
    if (!element) {
      return;
    }
    const attach = (found: Promise<readonly Attachment[]>): void => {
      setOver(false);
      void found.then(attachments => chat.draft.attach(...attachments));
    };
    const onDrag = (event: Event): void => {
      const { type, dataTransfer } = event as DragEvent;
      if (type.startsWith('lm-') ? mentions : dataTransfer?.types.includes('Files')) {
        take(event);
        setOver(type !== 'lm-dragleave' && type !== 'dragleave');
      }
    };
    const onLuminoDrop = (event: Event): void => {
      const found = mentions?.dropped(chat.panel, event as Event & DragData);
      take(event);
      attach(found ?? Promise.resolve([]));
    };
    const onDrop = (event: DragEvent): void => {
      const files = [...(event.dataTransfer?.files ?? [])];
      if (files.length) {
        take(event);
        attach(Promise.all(files.map(attachmentOf)));
      }
    };
    const drags = ['lm-dragenter', 'lm-dragover', 'lm-dragleave', 'dragenter', 'dragover', 'dragleave'];
    drags.forEach(type => element.addEventListener(type, onDrag));
    element.addEventListener('lm-drop', onLuminoDrop);
    element.addEventListener('drop', onDrop);
    return () => {
      drags.forEach(type => element.removeEventListener(type, onDrag));
      element.removeEventListener('lm-drop', onLuminoDrop);
      element.removeEventListener('drop', onDrop);
    };
  }, [place, chat, mentions]);
  return over;
}

function take(event: Event): void {
  event.preventDefault();
  event.stopPropagation();
  if (event.type.startsWith('lm-') && event.type !== 'lm-dragleave') {
    // What the source supports, else nothing is dropped: the file browser knows no copies. It keeps its file all the same.
    const drag = event as Event & { dropAction: string; readonly proposedAction: string; readonly supportedActions: string };
    drag.dropAction = /copy|all/.test(drag.supportedActions) ? 'copy' : drag.proposedAction;
  }
}

async function attachmentOf(file: File): Promise<Attachment> {
  return { kind: 'file', name: file.name, text: await file.slice(0, MOST_READ).text() };
}
