/** What every part of the view says in the same words, in the user's language. Imports no React. */

import type { Call, Step, Turn } from './turn';
import type { Usage } from './events';
import { ENGLISH, type Messages } from './english';
import { CHINESE } from './chinese';

export type { Messages };

/** The call by which a turn asks for more than its budget, as in `kimi_jupyter/agent/budget.py`. */
export const GO_ON = 'go on';
/** The tool by which the model keeps a plan. */
export const PLAN = 'plan';

/** How a call stands; each kind has a look of its own. */
export type CallState = 'waits' | 'runs' | 'ok' | 'bad' | 'no';

/** The texts of a language: Simplified Chinese for any Chinese, else English. */
export function messages(language: string): Messages {
  return /^zh\b/i.test(language) ? CHINESE : ENGLISH;
}

/** `12 ms`, `0.3 s`, `14 s`, `2 min 5 s`. */
export function duration(seconds: number, say: Messages = ENGLISH): string {
  if (seconds < 0.0995) {
    return `${(Math.max(seconds, 0) * 1000).toFixed(0)} ${say.ms}`;
  }
  if (seconds < 9.95) {
    return `${seconds.toFixed(1)} ${say.s}`;
  }
  const whole = Math.round(seconds);
  return whole < 60 ? `${whole} ${say.s}` : `${Math.floor(whole / 60)} ${say.min} ${whole % 60} ${say.s}`;
}

/** US dollars, with as many digits as say something. */
export function cost(usd: number): string {
  if (usd < 0.00005) {
    return usd <= 0 ? '$0.00' : '<$0.0001';
  }
  return usd < 0.1 ? `$${usd.toFixed(4)}` : `$${usd.toFixed(2)}`;
}

export function count(number: number): string {
  return number.toLocaleString('en-US');
}

export function cut(text: string, limit: number): string {
  return text.length <= limit ? text : `${text.slice(0, limit)}…`;
}

/** `Thinking… 14 s · 812 tokens`, and `Thought for …` when it has gone on. */
export function thinking(turn: Turn, step: Step, say: Messages): string {
  const seconds = turn.thoughtSeconds(step);
  const tokens = say.tokens(count(step.reasoning.tokens));
  if (step.thinking) {
    return `${say.thinking} ${seconds < 60 ? `${seconds.toFixed(0)} ${say.s}` : duration(seconds, say)} · ${tokens}`;
  }
  return seconds < 0.0005 ? `${say.thought} · ${tokens}` : `${say.thoughtFor(duration(seconds, say))} · ${tokens}`;
}

/** The tool's name, cut; of a look at a value what is looked at: `inspect sales by region`. */
export function title(call: Call, say: Messages): string {
  if (call.proposal.name === GO_ON) {
    return say.goOn;
  }
  return cut(lookedAt(call) || call.proposal.name, 60) || say.nameless;
}

function lookedAt({ proposal }: Call): string {
  const { name, by } = proposal.arguments;
  if (proposal.name !== 'inspect' || typeof name !== 'string') {
    return '';
  }
  const groups = (Array.isArray(by) ? by : [by]).filter(group => typeof group === 'string').join(', ');
  return `inspect ${name}${groups ? ` by ${groups}` : ''}`.replace(/\s+/g, ' ').trim();
}

/** The state of a call: its kind, and its words. */
export function state(call: Call, say: Messages): [CallState, string] {
  const how = allowed(call, say);
  switch (call.status) {
    case null:
      return call.waiting ? ['waits', say.waitsForYou] : ['runs', say.runs + how];
    case 'ok':
      if (call.proposal.name === GO_ON) {
        return ['ok', say.wentOn];
      }
      return ['ok', say.done(duration(call.seconds, say)) + how];
    case 'error': {
      const said = call.error || lastLine(call.text);
      return ['bad', say.failed + (said ? `: ${cut(said, 300)}` : '') + how];
    }
    case 'denied':
      return ['no', refusal(call, say)];
    case 'invalid':
      return ['bad', say.notRun(cut(firstLine(call.text), 300) || say.notValid)];
    case 'interrupted':
      return ['no', say.interrupted + how];
    case 'unknown':
      return ['no', say.kernelGone + how];
  }
}

function allowed(call: Call, say: Messages): string {
  if (!call.decision) {
    return '';
  }
  if (call.edited) {
    return ` · ${say.editedByYou}`;
  }
  const by = { rest: say.allowedRest, again: say.allowedAgain, auto: say.allowedAuto, user: '', rule: '' };
  const words = by[call.decision.by];
  return words ? ` · ${words}` : '';
}

function refusal(call: Call, say: Messages): string {
  const who = call.decision?.by === 'rule' ? say.refusedByRule : say.refused;
  const reason = call.decision?.reason.trim();
  return reason ? `${who}: ${reason}` : who;
}

/** What is said of the end of a turn that is not complete, else the empty text. */
export function ending(turn: Turn, say: Messages): string {
  const said = turn.message.trim();
  switch (turn.reason) {
    case null:
    case 'complete':
      return '';
    case 'interrupted':
      return said || `${say.interrupted}.`;
    case 'limit':
      return said || say.pausedAtLimit;
    case 'failed':
      return said ? `${say.failedEnd}: ${said}` : `${say.failedEnd}.`;
    case 'incomplete':
      return said ? `${say.incomplete}: ${said}` : `${say.incomplete}.`;
  }
}

/** Tokens, cost, steps, time and model in one line. */
export function footer(turn: Turn, say: Messages): string {
  const parts = turn.usage ? tokens(turn.usage, turn.limits.cost, say) : [];
  const fill = windowFill(turn);
  if (fill !== null) {
    parts.push(say.context(fill < 0.01 ? '<1 %' : `${(fill * 100).toFixed(0)} %`));
  }
  const { steps } = turn.limits;
  parts.push(steps ? say.stepsOf(turn.steps.length, steps) : say.steps(turn.steps.length), duration(turn.seconds, say));
  if (turn.model) {
    parts.push(`${cut(turn.model, 80)} @ ${cut(turn.provider, 80)}`);
  }
  return parts.join(' · ');
}

/** How full the model's window is after the last step, from 0 to 1; null where that is not known. */
export function windowFill(turn: Turn): number | null {
  const last = turn.steps.findLast(step => step.usage !== null)?.usage;
  return last && turn.context ? Math.min(1, (last.prompt + last.completion) / turn.context) : null;
}

function tokens(usage: Usage, most: number, say: Messages): string[] {
  const about = usage.estimated ? '≈' : '';
  const cached = usage.cached ? ` (${say.cached(count(usage.cached))})` : '';
  const parts = [about + say.tokensIn(count(usage.prompt)) + cached, about + say.tokensOut(count(usage.completion))];
  if (usage.cost === null) {
    return parts;
  }
  return [...parts, about + (most ? say.costOf(cost(usage.cost), cost(most)) : cost(usage.cost))];
}

function firstLine(text: string): string {
  return text.trim().split('\n', 1)[0]?.trim() ?? '';
}

function lastLine(text: string): string {
  return text.trim().split('\n').at(-1)?.trim() ?? '';
}
