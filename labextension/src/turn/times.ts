/** What a turn's events don't tell and whoever watched it does: how long it took. */

import { isObject } from './events';

/** Seconds that a turn took so far: in all, and thinking in each step by its number. */
export interface Times {
  readonly seconds: number;
  readonly thought: ReadonlyMap<number, number>;
}

/** The times in a record or a message; what is wrong in them counts as none. */
export function parseTimes(data: Readonly<Record<string, unknown>>): Times {
  const thought = isObject(data.thought) ? Object.entries(data.thought) : [];
  return {
    seconds: seconds(data.seconds),
    thought: new Map(thought.map(([step, spent]) => [Number(step), seconds(spent)]))
  };
}

function seconds(value: unknown): number {
  return typeof value === 'number' && Number.isFinite(value) && value >= 0 ? value : 0;
}
