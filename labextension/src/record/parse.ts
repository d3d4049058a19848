/** A saved record, read. A notebook may come from anywhere: what is not a record of this version is none. */

import { isObject, parseEvents, parseTimes, type Times, type TurnEvent } from '../turn';

const VERSION = 1;

export interface TurnRecord {
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
  return { events, times: parseTimes(value) };
}
