/**
 * The events of a turn as they come over the wire: the mirror of `kimi_jupyter/chat/events.py`.
 *
 * What arrives is untrusted, be it from a kernel or from a notebook file: it is checked here, field by field, and
 * nothing behind this module looks at raw JSON. Imports nothing.
 */

export type Verdict = 'run' | 'edit' | 'deny';
export type DecidedBy = 'user' | 'rest' | 'again' | 'auto' | 'rule';
export type CallStatus = 'ok' | 'error' | 'denied' | 'invalid' | 'interrupted' | 'unknown';
export type EndReason = 'complete' | 'incomplete' | 'failed' | 'interrupted' | 'limit';

/** Tokens and US dollars of one or more requests. `cost` is null where the endpoint tells none. */
export interface Usage {
  readonly prompt: number;
  readonly completion: number;
  readonly cached: number;
  readonly cost: number | null;
  readonly estimated: boolean;
}

/** What a turn may use up before somebody is asked, as far as there is a limit; the cost in USD. */
export interface Limits {
  readonly steps: number;
  readonly cost: number;
}

/** An item of the model's plan. */
export interface PlanItem {
  readonly text: string;
  readonly state: 'open' | 'done' | 'dropped';
}

/** Names or paths by the kind of effect, such as `changes`. */
export type Effects = Readonly<Record<string, readonly string[]>>;

export interface SentPart {
  readonly kind: string;
  readonly title: string;
  readonly tokens: number;
}

export interface Proposal {
  readonly call: string;
  readonly name: string;
  readonly arguments: Readonly<Record<string, unknown>>;
  readonly code: string | null;
  readonly purpose: string;
  readonly digest: string;
  readonly gated: boolean;
  readonly effects: Effects;
}

export interface Decided {
  readonly call: string;
  readonly verdict: Verdict;
  readonly by: DecidedBy;
  readonly code: string | null;
  readonly reason: string;
  /** Of the user's code after an edit. */
  readonly effects: Effects;
}

export type TurnEvent =
  | { readonly type: 'turn_started'; readonly prompt: string; readonly provider: string; readonly model: string }
  | {
      readonly type: 'sent';
      readonly parts: readonly SentPart[];
      readonly text: string;
      readonly hidden: number;
      readonly leftOut: readonly string[];
    }
  | { readonly type: 'step_started'; readonly step: number; readonly limits: Limits }
  | { readonly type: 'steered'; readonly text: string }
  | { readonly type: 'planned'; readonly items: readonly PlanItem[] }
  | { readonly type: 'reasoning_delta'; readonly text: string }
  | { readonly type: 'text_delta'; readonly text: string }
  | { readonly type: 'call_drafted'; readonly index: number; readonly name: string; readonly arguments: string }
  | ({ readonly type: 'call_proposed' } & Proposal)
  | ({ readonly type: 'decided' } & Decided)
  | { readonly type: 'call_started'; readonly call: string }
  | { readonly type: 'call_output'; readonly call: string; readonly error: string }
  | {
      readonly type: 'call_finished';
      readonly call: string;
      readonly status: CallStatus;
      readonly text: string;
      readonly seconds: number;
    }
  | { readonly type: 'usage_reported'; readonly usage: Usage; readonly context: number }
  | { readonly type: 'notice'; readonly level: 'info' | 'warning'; readonly text: string }
  | { readonly type: 'waiting'; readonly seconds: number; readonly reason: string }
  | { readonly type: 'turn_ended'; readonly reason: EndReason; readonly message: string };

type Json = Readonly<Record<string, unknown>>;

const STATUSES: readonly CallStatus[] = ['ok', 'error', 'denied', 'invalid', 'interrupted', 'unknown'];
const REASONS: readonly EndReason[] = ['complete', 'incomplete', 'failed', 'interrupted', 'limit'];
const PLAN_STATES: readonly PlanItem['state'][] = ['open', 'done', 'dropped'];
const VERDICTS: readonly Verdict[] = ['run', 'edit', 'deny'];
const DECIDERS: readonly DecidedBy[] = ['user', 'rest', 'again', 'auto', 'rule'];

/** Whether a value is a JSON object. */
export function isObject(value: unknown): value is Json {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** The events in a JSON list; those of unknown kinds are left out. `null` where it is no list of events at all. */
export function parseEvents(value: unknown): TurnEvent[] | null {
  if (!Array.isArray(value)) {
    return null;
  }
  const events: TurnEvent[] = [];
  for (const item of value) {
    if (!isObject(item) || typeof item.type !== 'string') {
      return null;
    }
    const event = parseEvent(item.type, item);
    if (event) {
      events.push(event);
    }
  }
  return events;
}

function parseEvent(type: string, data: Json): TurnEvent | null {
  switch (type) {
    case 'turn_started':
      return { type, prompt: text(data.prompt), provider: text(data.provider), model: text(data.model) };
    case 'sent':
      return {
        type,
        parts: parts(data.parts),
        text: text(data.text),
        hidden: number(data.hidden),
        leftOut: texts(data.left_out)
      };
    case 'step_started':
      return { type, step: number(data.step), limits: limits(data.limits) };
    case 'planned':
      return { type, items: planItems(data.items) };
    case 'steered':
    case 'reasoning_delta':
    case 'text_delta':
      return { type, text: text(data.text) };
    case 'call_drafted':
      return { type, index: number(data.index), name: text(data.name), arguments: text(data.arguments) };
    case 'usage_reported':
      return { type, usage: usage(data.usage), context: number(data.context) };
    case 'notice':
      return { type, level: data.level === 'warning' ? 'warning' : 'info', text: text(data.text) };
    case 'waiting':
      return { type, seconds: number(data.seconds), reason: text(data.reason) };
    case 'turn_ended':
      return { type, reason: oneOf(REASONS, data.reason, 'failed'), message: text(data.message) };
    default:
      return parseCall(type, data);
  }
}

function parseCall(type: string, data: Json): TurnEvent | null {
  const call = text(data.call);
  switch (type) {
    case 'call_proposed':
      return {
        type,
        call,
        name: text(data.name),
        arguments: isObject(data.arguments) ? data.arguments : {},
        code: nullable(data.code),
        purpose: text(data.purpose),
        digest: text(data.digest),
        gated: data.gated !== false,
        effects: effects(data.effects)
      };
    case 'decided':
      return {
        type,
        call,
        verdict: oneOf(VERDICTS, data.verdict, 'deny'),
        by: oneOf(DECIDERS, data.by, 'rule'),
        code: nullable(data.code),
        reason: text(data.reason),
        effects: effects(data.effects)
      };
    case 'call_started':
      return { type, call };
    case 'call_output':
      return { type, call, error: errorOf(data.output) };
    case 'call_finished':
      return {
        type,
        call,
        status: oneOf(STATUSES, data.status, 'unknown'),
        text: text(data.text),
        seconds: number(data.seconds)
      };
    default:
      return null;
  }
}

function errorOf(output: unknown): string {
  if (!isObject(output) || output.output_type !== 'error') {
    return '';
  }
  const name = text(output.ename);
  const value = text(output.evalue);
  return value ? `${name}: ${value}` : name;
}

function usage(value: unknown): Usage {
  const data = isObject(value) ? value : {};
  return {
    prompt: number(data.prompt),
    completion: number(data.completion),
    cached: number(data.cached),
    cost: typeof data.cost === 'number' && Number.isFinite(data.cost) ? data.cost : null,
    estimated: data.estimated === true
  };
}

function parts(value: unknown): SentPart[] {
  const rows = Array.isArray(value) ? value.filter(Array.isArray) : [];
  return rows.map(row => ({ kind: text(row[0]), title: text(row[1]), tokens: number(row[2]) }));
}

function limits(value: unknown): Limits {
  const data = isObject(value) ? value : {};
  return { steps: number(data.steps), cost: number(data.cost) };
}

function planItems(value: unknown): PlanItem[] {
  const rows = Array.isArray(value) ? value.filter(Array.isArray) : [];
  return rows.map(row => ({ text: text(row[0]), state: oneOf(PLAN_STATES, row[1], 'open') }));
}

function effects(value: unknown): Effects {
  return isObject(value) ? Object.fromEntries(Object.entries(value).map(([kind, names]) => [kind, texts(names)])) : {};
}

function texts(value: unknown): string[] {
  return Array.isArray(value) ? value.filter(item => typeof item === 'string') : [];
}

function text(value: unknown): string {
  return typeof value === 'string' ? value : '';
}

function nullable(value: unknown): string | null {
  return typeof value === 'string' ? value : null;
}

function number(value: unknown): number {
  return typeof value === 'number' && Number.isFinite(value) ? value : 0;
}

function oneOf<T extends string>(known: readonly T[], value: unknown, otherwise: T): T {
  return known.find(item => item === value) ?? otherwise;
}
