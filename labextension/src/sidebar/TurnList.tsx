/**
 * The turns of a conversation, the newest at the end, where the list stays unless the user scrolled away.
 *
 * Only turns near what is seen are drawn: the others leave their question, and the room that their answer took.
 */

import { useCallback, useEffect, useLayoutEffect, useRef, useState, type ReactNode, type RefObject } from 'react';

import { caretDownIcon } from '@jupyterlab/ui-components';

import { useFollowed } from '../turn/observable';
import type { Chat } from './chat';
import { useServices } from './context';
import { TurnItem } from './TurnItem';

/** How far from what is seen turns are drawn, and how near to the end counts as there; in pixels. */
const NEAR = 1200;
const AT_END = 48;

export function TurnList({ chat }: { chat: Chat }): ReactNode {
  const { say } = useServices();
  const turns = useFollowed(chat.turns).all;
  const scroller = useRef<HTMLDivElement>(null);
  const seen = useNear(scroller);
  const [away, toEnd] = useEnd(scroller, turns.at(-1)?.id ?? '');
  return (
    <div className="kimi-messages">
      <div ref={scroller} className="kimi-scroll" role="log" aria-label={say.messages} aria-live="off" tabIndex={0}>
        <div>
          {turns.map((turn, place) => (
            <TurnItem key={turn.id} chat={chat} turn={turn} number={place + 1} last={place === turns.length - 1} seen={seen} />
          ))}
        </div>
      </div>
      {away && (
        <button type="button" className="kimi-to-end" onClick={toEnd}>
          <caretDownIcon.react tag="span" aria-hidden="true" /> {say.toEnd}
        </button>
      )}
    </div>
  );
}

/** Watches elements, and tells each when it comes near what is seen, and when it goes. */
export type Near = (element: HTMLElement, tell: (near: boolean) => void) => () => void;

function useNear(scroller: RefObject<HTMLElement>): Near {
  const watched = useRef(new Map<Element, (near: boolean) => void>());
  const observer = useRef<IntersectionObserver | null>(null);
  const watching = useCallback((): IntersectionObserver => {
    observer.current ??= new IntersectionObserver(
      entries => entries.forEach(({ target, isIntersecting }) => watched.current.get(target)?.(isIntersecting)),
      { root: scroller.current, rootMargin: `${NEAR}px 0px` }
    );
    return observer.current;
  }, [scroller]);
  return useCallback(
    (element, tell) => {
      watched.current.set(element, tell);
      // The list's own element is there only after its items': watch from the next task on.
      const timer = setTimeout(() => watching().observe(element));
      return () => {
        clearTimeout(timer);
        watched.current.delete(element);
        observer.current?.unobserve(element);
      };
    },
    [watching]
  );
}

/** Keeps a list at its end while it grows, unless the user scrolled away; goes there when a turn begins. */
function useEnd(scroller: RefObject<HTMLElement>, newest: string): [boolean, () => void] {
  const stays = useRef(true);
  const [away, setAway] = useState(false);
  const toEnd = useCallback(() => {
    stays.current = true;
    setAway(false);
    const list = scroller.current;
    list?.scrollTo({ top: list.scrollHeight });
  }, [scroller]);
  useLayoutEffect(toEnd, [toEnd, newest]);
  useEffect(() => {
    const list = scroller.current;
    if (!list) {
      return;
    }
    const grown = new ResizeObserver(() => {
      if (stays.current) {
        list.scrollTop = list.scrollHeight;
      }
    });
    [list, ...list.children].forEach(element => grown.observe(element));
    let top = list.scrollTop;
    const onScroll = (): void => {
      const atEnd = list.scrollHeight - list.scrollTop - list.clientHeight < AT_END;
      // Only going up leaves the end: content that grows moves it away without anybody having scrolled.
      stays.current = atEnd || (stays.current && list.scrollTop >= top);
      top = list.scrollTop;
      setAway(!stays.current);
    };
    list.addEventListener('scroll', onScroll, { passive: true });
    return () => {
      grown.disconnect();
      list.removeEventListener('scroll', onScroll);
    };
  }, [scroller]);
  return [away, toEnd];
}
