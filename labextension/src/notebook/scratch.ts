/** Code that runs without a cell: its outputs are gathered here and shown in the chat. */

import type { IOutput } from '@jupyterlab/nbformat';
import { OutputAreaModel } from '@jupyterlab/outputarea';
import { type Kernel, KernelMessage } from '@jupyterlab/services';

/** Characters, nearly, beyond which outputs are not gathered any more. */
const MOST = 4_000_000;

export class ScratchRun {
  /** The id of the message that was sent. */
  readonly message: string;
  /** Resolves when all has come; also when the kernel went away. */
  readonly done: Promise<unknown>;
  private readonly model = new OutputAreaModel({ trusted: false });
  /** Which output shows which display. */
  private readonly displays = new Map<string, number[]>();
  private size = 0;
  private timer: ReturnType<typeof setTimeout> | null = null;

  constructor(
    kernel: Kernel.IKernelConnection,
    code: string,
    private readonly onOutputs: ((outputs: readonly IOutput[]) => void) | null
  ) {
    const future = kernel.requestExecute({ code, store_history: false, allow_stdin: false, stop_on_error: false }, false);
    this.message = future.msg.header.msg_id;
    future.onIOPub = message => this.take(message);
    this.done = future.done.catch(() => undefined);
  }

  get outputs(): IOutput[] {
    return this.model.toJSON();
  }

  private take(message: KernelMessage.IIOPubMessage): void {
    if (KernelMessage.isClearOutputMsg(message)) {
      this.model.clear(message.content.wait);
      this.displays.clear();
      this.size = 0;
    } else if (
      KernelMessage.isStreamMsg(message) ||
      KernelMessage.isDisplayDataMsg(message) ||
      KernelMessage.isUpdateDisplayDataMsg(message) ||
      KernelMessage.isExecuteResultMsg(message) ||
      KernelMessage.isErrorMsg(message)
    ) {
      this.put(message.header.msg_type, message.content);
    } else {
      return;
    }
    this.tell();
  }

  /** Tell what has come so far, ten times a second at most. */
  private tell(): void {
    this.timer ??= setTimeout(() => {
      this.timer = null;
      this.onOutputs?.(this.outputs);
    }, 100);
  }

  private put(type: string, content: object): void {
    const { transient, ...rest } = content as { transient?: { display_id?: unknown } };
    const output: IOutput = { ...rest, output_type: type === 'update_display_data' ? 'display_data' : type };
    const display = typeof transient?.display_id === 'string' ? transient.display_id : null;
    if (type === 'update_display_data') {
      (display === null ? [] : (this.displays.get(display) ?? [])).forEach(place => this.model.set(place, output));
      return;
    }
    const size = JSON.stringify(rest).length;
    if (this.size <= MOST && this.size + size > MOST) {
      this.model.add({ output_type: 'stream', name: 'stderr', text: '[more outputs were left out]\n' });
    }
    this.size += size;
    if (this.size > MOST) {
      return;
    }
    this.model.add(output);
    if (display !== null) {
      this.displays.set(display, [...(this.displays.get(display) ?? []), this.model.length - 1]);
    }
  }
}
