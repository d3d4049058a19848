/**
 * The messages between the sidebar and the kernel, version 1, with their types.
 *
 * What a kernel sends is untrusted: `parseMessage` checks it field by field, and nothing behind it looks at raw JSON but
 * the fold of a turn, which checks for itself. Imports no comm.
 */

import type { Action, Attachment, CellNow, NotebookRequest, NotebookResult } from '../tokens';
import { parseEvents, type TurnEvent } from '../turn/events';
import type { Decision } from '../turn/host';
import { parseTimes, type Times } from '../turn/times';
import { flag, kindOf, list, number, object, optional, text, texts, type Json } from './read';

export const VERSION = 1;

/** What a question is asked with. */
export interface Question {
  readonly prompt: string;
  readonly options: AskOptions;
  readonly cells: readonly CellNow[];
  readonly active: string | null;
  readonly attachments: readonly Attachment[];
  readonly place: Place;
}

export interface AskOptions {
  readonly provider?: string;
  readonly model?: string;
  readonly detail?: string;
  readonly new?: boolean;
}

/** Where the model's code goes: into a new cell, or nowhere but the chat. */
export type Place = 'cell' | 'scratch';

/** What the page may send, by kind. */
export interface Sent {
  hello: { readonly notebook: string; readonly version: string; readonly language: string };
  ask: Question;
  resend: Question & { readonly turn: string };
  /** Go on with the last turn; the kernel writes the question. */
  resume: Question & { readonly turn: string };
  sent: Question;
  decide: Decision & { readonly turn: string };
  stop: { readonly turn: string };
  note: { readonly turn: string; readonly text: string };
  plan: { readonly turn: string; readonly items: readonly object[] };
  undo: { readonly turn: string };
  sync: { readonly turn: string };
  result: NotebookResult & { readonly request: string };
  open: { readonly conversation: string };
  new: object;
  rename: { readonly conversation: string; readonly title: string };
  delete: { readonly conversation: string };
  search: { readonly text: string };
  export: { readonly conversation: string; readonly format: 'markdown' | 'notebook' };
  complete: { readonly text: string };
  set: { readonly name: string; readonly value: string | number | null };
  look: object;
  models: object;
}

export type Kind = keyof Sent;

/** The kinds that are answered with content, and the kind of the answer. */
export interface Answers {
  search: 'conversations';
  export: 'exported';
  complete: 'completions';
  models: 'models';
  sent: 'preview';
}

export interface Endpoint {
  readonly provider: string;
  readonly title: string;
  readonly model: string;
  readonly ready: boolean;
  /** The one line to run where there is no key, and why. */
  readonly how: string;
  readonly why: string;
}

export interface KernelState {
  readonly endpoint: Endpoint;
  readonly endpoints: readonly { readonly name: string; readonly title: string; readonly ready: boolean }[];
  readonly approve: string;
  readonly detail: string;
  readonly details: readonly string[];
  /** US dollars; null where the endpoint tells none. */
  readonly cost: number | null;
  readonly tokens: number;
  readonly window: number;
  /** From 0 to 1; null where it is not known. */
  readonly fill: number | null;
  /** The most a turn may cost, in US dollars; null where the kernel tells none. */
  readonly budget: number | null;
  readonly busy: '' | 'cell' | 'sidebar';
}

export interface ConversationItem {
  readonly id: string;
  readonly title: string;
  /** Milliseconds since 1970; 0 where it is not known. */
  readonly updated: number;
  readonly turns: number;
  readonly current: boolean;
  /** Where a search found its text; empty where nothing was searched for. */
  readonly snippet: string;
}

export interface TurnNow {
  readonly turn: string;
  readonly prompt: string;
  readonly place: 'cell' | 'sidebar';
  readonly at: number;
  readonly events: readonly TurnEvent[];
  readonly times: Times;
  readonly live: boolean;
  /** Only its question and answer are told, cut; `sync` brings the whole. */
  readonly brief: boolean;
}

export interface Variable {
  readonly name: string;
  readonly type: string;
  readonly shape: string;
  readonly insert: string;
}

/** What a kernel may send, by kind. `re` is the id of the message that it answers. */
export type Message =
  | { readonly kind: 'ack'; readonly id: number }
  | { readonly kind: 'refused'; readonly id: number | null; readonly of: string; readonly turn: string; readonly text: string }
  | { readonly kind: 'welcome'; readonly version: string; readonly kernel: string; readonly protocol: number }
  | { readonly kind: 'state'; readonly state: KernelState }
  | { readonly kind: 'conversations'; readonly re: number | null; readonly items: readonly ConversationItem[] }
  | { readonly kind: 'conversation'; readonly id: string; readonly title: string; readonly turns: readonly TurnNow[] }
  | {
      readonly kind: 'turn';
      readonly turn: string;
      readonly prompt: string;
      readonly place: 'cell' | 'sidebar';
      readonly conversation: string;
      readonly at: number;
    }
  /** A numbered message about a turn, which the fold reads and checks. */
  | { readonly kind: 'told'; readonly turn: string; readonly message: Json }
  | { readonly kind: 'request'; readonly request: NotebookRequest }
  | { readonly kind: 'cancel'; readonly request: string }
  | { readonly kind: 'exported'; readonly re: number | null; readonly name: string; readonly text: string }
  | { readonly kind: 'completions'; readonly re: number | null; readonly items: readonly Variable[] }
  | { readonly kind: 'models'; readonly re: number | null; readonly names: readonly string[] }
  | {
      readonly kind: 'preview';
      readonly re: number | null;
      readonly parts: readonly { readonly title: string; readonly tokens: number }[];
      readonly tokens: number;
      readonly text: string;
      readonly hidden: number;
      readonly leftOut: readonly string[];
    };

const ACTIONS: readonly Action[] = [
  'run',
  'add_cell',
  'run_cell',
  'edit_cell',
  'delete_cell',
  'move_cell',
  'read_cells',
  'read_output'
];

/** Whether a kernel said it by the rules of another version. */
export function isOfOtherVersion(value: unknown): boolean {
  const version = object(value)?.v;
  return typeof version === 'number' && version !== VERSION;
}

/** A message of a kernel's; null where it is none of this version. */
export function parseMessage(value: unknown): Message | null {
  const data = object(value);
  if (data?.v !== VERSION || typeof data.kind !== 'string') {
    return null;
  }
  switch (data.kind) {
    case 'ack':
      return typeof data.id === 'number' ? { kind: 'ack', id: data.id } : null;
    case 'refused':
      return {
        kind: 'refused',
        id: optional(data.id),
        of: text(data.of),
        turn: text(data.turn),
        text: text(data.text)
      };
    case 'welcome':
      return {
        kind: 'welcome',
        version: text(data.version),
        kernel: text(data.kernel),
        protocol: number(data.protocol)
      };
    case 'state':
      return parseState(data);
    case 'events':
    case 'snapshot':
    case 'open':
    case 'said':
    case 'undo':
      return typeof data.turn === 'string' ? { kind: 'told', turn: data.turn, message: data } : null;
    case 'request':
      return parseRequest(data);
    case 'cancel':
      return typeof data.request === 'string' ? { kind: 'cancel', request: data.request } : null;
    default:
      return parseConversation(data, data.kind) ?? parseAnswer(data, data.kind);
  }
}

function parseState(data: Json): Message {
  const endpoint = object(data.endpoint) ?? {};
  const busy = text(data.busy);
  return {
    kind: 'state',
    state: {
      endpoint: {
        provider: text(endpoint.provider),
        title: text(endpoint.title),
        model: text(endpoint.model),
        ready: flag(endpoint.ready),
        how: text(endpoint.how),
        why: text(endpoint.why)
      },
      endpoints: list(data.endpoints).map(item => ({
        name: text(item.name),
        title: text(item.title) || text(item.name),
        ready: flag(item.ready)
      })),
      approve: text(data.approve),
      detail: text(data.detail),
      details: texts(data.details),
      cost: optional(data.cost),
      tokens: number(data.tokens),
      window: number(data.window),
      fill: optional(data.context_fill),
      budget: optional(data.budget),
      busy: busy === 'cell' || busy === 'sidebar' ? busy : ''
    }
  };
}

function parseRequest(data: Json): Message | null {
  const action = kindOf(ACTIONS, data.action);
  const [request, turn, call] = [text(data.request), text(data.turn), text(data.call)];
  if (!action || !request || !turn) {
    return null;
  }
  const given = object(data.arguments) ?? {};
  return { kind: 'request', request: { request, turn, call, action, arguments: given, digest: text(data.digest) } };
}

function parseConversation(data: Json, kind: string): Message | null {
  const id = text(data.id);
  switch (kind) {
    case 'conversations':
      return { kind, re: optional(data.re), items: list(data.items).map(item).filter(({ id }) => id) };
    case 'conversation':
      return { kind, id, title: text(data.title), turns: list(data.turns).map(turnNow).filter(turn => turn !== null) };
    case 'turn':
      return typeof data.turn === 'string'
        ? {
            kind,
            turn: data.turn,
            prompt: text(data.prompt),
            place: data.place === 'cell' ? 'cell' : 'sidebar',
            conversation: text(data.conversation),
            at: moment(data.at)
          }
        : null;
    default:
      return null;
  }
}

function item(data: Json): ConversationItem {
  return {
    id: text(data.id),
    title: text(data.title),
    updated: moment(data.updated),
    turns: number(data.turns),
    current: flag(data.current),
    snippet: text(data.snippet)
  };
}

function turnNow(data: Json): TurnNow | null {
  const events = parseEvents(data.events);
  if (events === null || typeof data.turn !== 'string') {
    return null;
  }
  return {
    turn: data.turn,
    prompt: text(data.prompt),
    place: data.place === 'cell' ? 'cell' : 'sidebar',
    at: moment(data.at),
    events,
    times: parseTimes(object(data.times) ?? {}),
    live: flag(data.live),
    brief: flag(data.brief)
  };
}

function parseAnswer(data: Json, kind: string): Message | null {
  const re = optional(data.re);
  switch (kind) {
    case 'exported':
      return { kind, re, name: text(data.name), text: text(data.text) };
    case 'completions':
      return {
        kind,
        re,
        items: list(data.items).map(item => ({
          name: text(item.name),
          type: text(item.type),
          shape: text(item.shape),
          insert: text(item.insert) || text(item.name)
        }))
      };
    case 'models':
      return { kind, re, names: texts(data.names) };
    case 'preview':
      return {
        kind,
        re,
        parts: parts(data.parts),
        tokens: number(data.tokens),
        text: text(data.text),
        hidden: number(data.hidden),
        leftOut: texts(data.left_out)
      };
    default:
      return null;
  }
}

/** Rows of `[kind, title, tokens]`, as in the event `sent`. */
function parts(value: unknown): { title: string; tokens: number }[] {
  const rows: unknown[] = Array.isArray(value) ? value : [];
  return rows
    .filter(row => Array.isArray(row))
    .map((row: readonly unknown[]) => ({ title: `${text(row[0])} ${text(row[1])}`.trim(), tokens: number(row[2]) }));
}

/** A time, told in seconds since 1970 or in ISO 8601, in milliseconds. */
function moment(value: unknown): number {
  const parsed = typeof value === 'string' ? Date.parse(value) : number(value) * 1000;
  return Number.isFinite(parsed) ? parsed : 0;
}
