/** The golden event files, which the Python tests read too. */

import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

import { parseEvents, type TurnEvent } from '../src/turn/events';
import { Turn } from '../src/turn/turn';

const PLACE = join(__dirname, '..', '..', 'tests', 'golden');

export const NAMES: readonly string[] = readdirSync(PLACE)
  .filter(name => name.endsWith('.jsonl'))
  .map(name => name.slice(0, -'.jsonl'.length))
  .sort();

/** The events of a file as they were written. */
export function raw(name: string): Record<string, unknown>[] {
  const lines = readFileSync(join(PLACE, `${name}.jsonl`), 'utf-8')
    .trim()
    .split('\n');
  return lines.map(line => JSON.parse(line) as Record<string, unknown>);
}

export function golden(name: string): TurnEvent[] {
  const events = parseEvents(raw(name));
  if (!events) {
    throw new Error(`${name} holds no events`);
  }
  return events;
}

export function fold(events: readonly TurnEvent[], clock: () => number = () => 0): Turn {
  const turn = new Turn(clock);
  events.forEach(event => turn.apply(event));
  return turn;
}
