/**
 * A turn as it stands: the fold of its events, by the rules of `kimi_jupyter/view/turn.py`.
 *
 * The golden files under `tests/golden` hold both to each other. Views read this and change nothing. Imports no React.
 */

import type { CallStatus, Decided, Effects, EndReason, Limits, PlanItem, Proposal, SentPart, TurnEvent, Usage } from './events';
import { GrowingText } from './growing';

export interface Draft {
  name: string;
  readonly arguments: GrowingText;
}

export class Call {
  decision: Decided | null = null;
  started = false;
  status: CallStatus | null = null;
  error = '';
  text = '';
  seconds = 0;

  constructor(readonly proposal: Proposal) {}

  /** Whether somebody has to decide. */
  get waiting(): boolean {
    return this.proposal.gated && this.decision === null && this.status === null;
  }

  /** Whether the user's version ran. */
  get edited(): boolean {
    return this.decision?.verdict === 'edit';
  }

  /** What that code seems to do. */
  get effects(): Effects {
    return this.edited && this.decision ? this.decision.effects : this.proposal.effects;
  }

  /** The code that ran or would run: after an edit the user's. */
  get code(): string | null {
    return this.edited && this.decision?.code != null ? this.decision.code : this.proposal.code;
  }
}

export class Step {
  readonly notes: string[] = [];
  readonly reasoning = new GrowingText();
  readonly text = new GrowingText();
  readonly drafts = new Map<number, Draft>();
  readonly calls: Call[] = [];
  usage: Usage | null = null;
  thinking = false;
  thoughtSeconds = 0;
  thinkingSince = 0;
  /** Changes whenever anything of the step does, so that what is over is not drawn again. */
  version = 0;

  constructor(readonly number: number) {}
}

export interface Sent {
  readonly parts: readonly SentPart[];
  readonly text: string;
  readonly hidden: number;
  readonly leftOut: readonly string[];
}

export interface Notice {
  readonly level: 'info' | 'warning';
  readonly text: string;
}

export class Turn {
  prompt = '';
  provider = '';
  model = '';
  sent: Sent | null = null;
  readonly steps: Step[] = [];
  plan: readonly PlanItem[] = [];
  limits: Limits = { steps: 0, cost: 0 };
  readonly notices: Notice[] = [];
  waiting: { readonly reason: string; readonly until: number } | null = null;
  usage: Usage | null = null;
  context = 0;
  reason: EndReason | null = null;
  message = '';
  private readonly known = new Map<string, [Step, Call]>();
  private begun: number;
  private ended: number;

  /** @param clock Seconds that only go forward. */
  constructor(private readonly clock: () => number = () => performance.now() / 1000) {
    this.begun = this.ended = clock();
  }

  /** Take the next event in. What comes after the end changes nothing. */
  apply(event: TurnEvent): void {
    if (this.reason !== null) {
      return;
    }
    this.waiting = null;
    switch (event.type) {
      case 'reasoning_delta':
        this.reason_(event.text);
        break;
      case 'text_delta':
        this.writing(event.text).text.append(event.text);
        break;
      case 'call_drafted':
        this.draft(event.index, event.name, event.arguments);
        break;
      case 'turn_started':
        ({ prompt: this.prompt, provider: this.provider, model: this.model } = event);
        this.begun = this.clock();
        break;
      case 'sent':
        this.sent = event;
        break;
      case 'step_started':
        this.closeStep();
        this.limits = event.limits;
        if (this.step.number !== event.step) {
          // the first one is there where something was said before it
          this.steps.push(new Step(event.step));
        }
        break;
      case 'planned':
        this.plan = event.items;
        break;
      case 'steered':
        this.touched().notes.push(event.text);
        break;
      case 'usage_reported':
        this.count(event.usage, event.context);
        break;
      case 'notice':
        this.notices.push(event);
        break;
      case 'waiting':
        this.waiting = { reason: event.reason, until: this.clock() + event.seconds };
        break;
      case 'turn_ended':
        this.end(event.reason, event.message);
        break;
      case 'call_proposed':
        this.propose(event);
        break;
      default:
        this.applyToCall(event);
    }
  }

  /** A call by its id, and its step. */
  find(call: string): [Step, Call] | null {
    return this.known.get(call) ?? null;
  }

  /** The newest step; there is one as soon as anybody asks. */
  get step(): Step {
    const last = this.steps.at(-1);
    if (last) {
      return last;
    }
    const first = new Step(1);
    this.steps.push(first);
    return first;
  }

  get calls(): Call[] {
    return this.steps.flatMap(step => step.calls);
  }

  /** The step whose text is the answer: the last one that said something. */
  get answerStep(): Step | null {
    return this.steps.findLast(step => !step.text.blank) ?? null;
  }

  /** The text of the last step that said something. */
  get answer(): string {
    return this.answerStep?.text.toString() ?? '';
  }

  /** How long the turn took, or takes so far. */
  get seconds(): number {
    return (this.reason === null ? this.clock() : this.ended) - this.begun;
  }

  /** A turn from elsewhere took as long, until its end or until now, as is told. */
  set seconds(seconds: number) {
    this.begun = (this.reason === null ? this.clock() : this.ended) - seconds;
  }

  /** How long a step reasoned, or reasons so far. */
  thoughtSeconds(step: Step): number {
    return step.thoughtSeconds + (step.thinking ? this.clock() - step.thinkingSince : 0);
  }

  /** Seconds until it goes on, where it waits. */
  get waitsFor(): number {
    return this.waiting ? Math.max(0, this.waiting.until - this.clock()) : 0;
  }

  private touched(): Step {
    const step = this.step;
    step.version++;
    return step;
  }

  private reason_(text: string): void {
    const step = this.touched();
    if (!step.thinking) {
      step.thinking = true;
      step.thinkingSince = this.clock();
    }
    step.reasoning.append(text);
  }

  /** The step, which from now on writes; white space alone is no answer yet. */
  private writing(text = 'x'): Step {
    const step = this.touched();
    if (step.thinking && !(text.trim() === '' && step.text.blank)) {
      this.stopThinking(step);
    }
    return step;
  }

  private stopThinking(step: Step): void {
    step.thoughtSeconds = this.thoughtSeconds(step);
    step.thinking = false;
    step.version++;
  }

  private closeStep(): void {
    const step = this.steps.at(-1);
    if (step) {
      this.stopThinking(step);
      step.drafts.clear();
    }
  }

  private draft(index: number, name: string, fragment: string): void {
    const drafts = this.writing().drafts;
    const draft = drafts.get(index) ?? { name: '', arguments: new GrowingText() };
    draft.name = name || draft.name;
    draft.arguments.append(fragment);
    drafts.set(index, draft);
  }

  private propose(proposal: Proposal): void {
    const step = this.writing();
    if (step.drafts.size) {
      // calls are proposed in the order in which they were written
      step.drafts.delete(Math.min(...step.drafts.keys()));
    }
    const call = new Call(proposal);
    step.calls.push(call);
    this.known.set(proposal.call, [step, call]);
  }

  private applyToCall(
    event: Extract<TurnEvent, { type: 'decided' | 'call_started' | 'call_output' | 'call_finished' }>
  ): void {
    const found = this.find(event.call);
    if (!found) {
      return;
    }
    const [step, call] = found;
    step.version++;
    switch (event.type) {
      case 'decided':
        call.decision = event;
        break;
      case 'call_started':
        call.started = true;
        break;
      case 'call_output':
        call.error = event.error || call.error;
        break;
      case 'call_finished':
        call.status = event.status;
        call.text = event.text;
        call.seconds = event.seconds;
    }
  }

  private count(usage: Usage, context: number): void {
    const step = this.step;
    this.stopThinking(step);
    step.usage = usage;
    this.usage = this.usage ? sum(this.usage, usage) : usage;
    this.context = context;
  }

  private end(reason: EndReason, message: string): void {
    this.closeStep();
    this.reason = reason;
    this.message = message;
    this.ended = this.clock();
  }
}

function sum(one: Usage, other: Usage): Usage {
  return {
    prompt: one.prompt + other.prompt,
    completion: one.completion + other.completion,
    cached: one.cached + other.cached,
    cost: one.cost === null && other.cost === null ? null : (one.cost ?? 0) + (other.cost ?? 0),
    estimated: one.estimated || other.estimated
  };
}
