/** Outputs of cells as text, and as nbformat with an end. Imports no JupyterLab but its types. */

import type { IError, IMimeBundle, IOutput } from '@jupyterlab/nbformat';

/** Characters of a cell's outputs that go along with a question. */
export const OUTPUT_TEXT = 4000;
/** Bytes, nearly: characters of JSON of one output that goes back to the kernel, and of all of them. */
const ONE = 1_000_000;
const ALL = 4_000_000;
/** What is no longer than this always goes along. */
const SMALL = 10_000;
/** Characters of a text or stream that are looked at: the colours of more than that are not taken out. */
const LOOKED_AT = 200_000;

const COLOURS = /\u001b(?:\[[0-9;?]*[ -/]*[@-~]|\][^\u0007\u001b]*(?:\u0007|\u001b\\))/g;
/** The first of these that an output has is its text; what else it has is named. */
const READABLE = ['text/plain', 'text/markdown', 'text/latex', 'application/json'];

/** The text of outputs in order; head and tail are kept of what is longer than `limit` characters. */
export function outputsText(outputs: readonly IOutput[], limit = OUTPUT_TEXT): string {
  return middleCut(outputs.map(outputText).filter(Boolean).join('\n'), limit);
}

/** The text of one output. */
export function outputText(output: IOutput): string {
  switch (output.output_type) {
    case 'stream':
      return plain(joined(output.text)).replace(/\n$/, '');
    case 'error':
      return errorText(output as IError);
    case 'display_data':
    case 'execute_result':
    case 'update_display_data':
      return bundleText(isBundle(output.data) ? output.data : {});
    default:
      return '';
  }
}

/** The line of the error among outputs, `NameError: name 'x' is not defined`; empty where there is none. */
export function failure(outputs: readonly IOutput[]): string {
  const error = outputs.find(output => output.output_type === 'error');
  return error ? errorLine(error as IError) : '';
}

/** Name and message of an error. */
export function errorLine(error: IError): string {
  const value = plain(joined(error.evalue)).trim().split('\n', 1)[0] ?? '';
  return middleCut(value ? `${joined(error.ename)}: ${value}` : joined(error.ename), 500);
}

/** A traceback without its colours; the error alone where there is none. */
export function errorText(error: IError): string {
  const lines = Array.isArray(error.traceback) ? error.traceback.map(joined) : [];
  return lines.length ? plain(lines.join('\n')) : errorLine(error);
}

/** Outputs that fit into a message; one that does not says so in its place. */
export function bounded(outputs: readonly IOutput[]): IOutput[] {
  let left = ALL;
  return outputs.map(output => {
    const size = JSON.stringify(output).length;
    if (size <= SMALL || size <= Math.min(ONE, left)) {
      left -= size;
      return output;
    }
    return shortened(output, size);
  });
}

/** A text whose middle is left out beyond a limit. */
export function middleCut(text: string, limit: number): string {
  if (text.length <= limit) {
    return text;
  }
  const tail = Math.floor(limit / 3);
  const left = text.length - limit;
  return `${text.slice(0, limit - tail)}\n… ${left.toLocaleString('en-US')} characters left out …\n${text.slice(-tail)}`;
}

/** A text without terminal colours. */
export function plain(text: string): string {
  return text.length > LOOKED_AT ? plain(middleCut(text, LOOKED_AT - 100)) : text.replace(COLOURS, '');
}

function bundleText(data: IMimeBundle): string {
  const readable = READABLE.find(type => data[type] !== undefined);
  const rest = Object.keys(data).filter(type => type.startsWith('image/') || (!readable && type !== readable));
  const text = readable === undefined ? '' : mimeText(data[readable]);
  return [plain(text), rest.length ? `[${rest.join(', ')}]` : ''].filter(Boolean).join(' ');
}

function mimeText(value: unknown): string {
  return typeof value === 'string' || Array.isArray(value) ? joined(value) : JSON.stringify(value);
}

/** nbformat keeps a text as one string or as a list of lines. */
function joined(text: unknown): string {
  const parts: unknown[] = Array.isArray(text) ? text : [text];
  return parts.filter(part => typeof part === 'string').join('');
}

function isBundle(value: unknown): value is IMimeBundle {
  return typeof value === 'object' && value !== null;
}

function shortened(output: IOutput, size: number): IOutput {
  const told = `[cut: the output has ${size.toLocaleString('en-US')} characters]`;
  const text = middleCut(outputText(output), OUTPUT_TEXT);
  return output.output_type === 'error'
    ? { output_type: 'error', ename: joined(output.ename), evalue: middleCut(joined(output.evalue), 1000), traceback: [text, told] }
    : { output_type: 'stream', name: output.name === 'stderr' ? 'stderr' : 'stdout', text: `${text}\n${told}\n` };
}
