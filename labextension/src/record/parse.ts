/** A saved record, read. A notebook may come from anywhere: what is not a record of this version is none. */

import { isObject, parseEvents, parseTimes, type Times, type TurnEvent } from '../turn';

const VERSION = 1;

export interface TurnRecord {
  /** The turn's id, empty where it has none. */
  readonly turn: string;
  readonly events: readonly TurnEvent[];
  readonly times: Times;
}

export function parseRecord(value: unknown): TurnRecord | null {
  if (!isObject(value) || value.version !== VERSION) {
    return null;
  }
  const events = parseEvents(value.events);
  if (!events?.some(event => event.type === 'turn_ended')) {
    return null;
  }
  return { turn: turnOf(value.events), events, times: parseTimes(value) };
}

function turnOf(events: unknown): string {
  const first: unknown = Array.isArray(events) ? events.find(event => isObject(event) && event.type === 'turn_started') : null;
  return isObject(first) && typeof first.turn === 'string' ? first.turn : '';
}
