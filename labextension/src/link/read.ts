/** Fields of JSON that may be anything, read as what they should be. */

export type Json = Readonly<Record<string, unknown>>;

export function object(value: unknown): Json | null {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Json) : null;
}

/** The objects in a list. */
export function list(value: unknown): Json[] {
  return Array.isArray(value) ? value.map(object).filter(item => item !== null) : [];
}

export function text(value: unknown): string {
  return typeof value === 'string' ? value : '';
}

export function texts(value: unknown): string[] {
  return Array.isArray(value) ? value.filter(item => typeof item === 'string') : [];
}

export function number(value: unknown): number {
  return optional(value) ?? 0;
}

/** A number; null where there is none. */
export function optional(value: unknown): number | null {
  return typeof value === 'number' && Number.isFinite(value) ? value : null;
}

export function flag(value: unknown): boolean {
  return value === true;
}

export function kindOf<T extends string>(known: readonly T[], value: unknown): T | null {
  return known.find(item => item === value) ?? null;
}
