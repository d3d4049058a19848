/**
 * Loads `kimi_jupyter` in a kernel, by one silent execution, and tells how that went.
 *
 * It is one expression, so it leaves no name behind; a package that is missing is told apart from one that is broken.
 */

import type { Kernel } from '@jupyterlab/services';

import { object, text } from './read';

/** What loading came to. `again`: it was thrown away, as a running cell before it failed. */
export type Loaded =
  | { readonly is: 'loaded'; readonly version: string }
  | { readonly is: 'missing' }
  | { readonly is: 'broken'; readonly text: string }
  | { readonly is: 'again' };

const EXPRESSION = [
  '(lambda find, ip: None if find("kimi_jupyter") is None else',
  '(ip.extension_manager.load_extension("kimi_jupyter"), __import__("kimi_jupyter").__version__)[1])',
  '(__import__("importlib.util", fromlist=["util"]).find_spec, __import__("IPython").get_ipython())'
].join(' ');

/** Load it; waits until the kernel is free. */
export async function load(kernel: Kernel.IKernelConnection): Promise<Loaded> {
  const future = kernel.requestExecute({
    code: '',
    silent: true,
    store_history: false,
    user_expressions: { kimi: EXPRESSION },
    allow_stdin: false,
    stop_on_error: false
  });
  const { content } = await future.done;
  if (content.status !== 'ok') {
    return { is: 'again' };
  }
  return read(object(content.user_expressions)?.kimi);
}

/** The result of the expression: the representation of a text or of None, or an error. */
function read(value: unknown): Loaded {
  const result = object(value);
  if (result?.status !== 'ok') {
    return { is: 'broken', text: `${text(result?.ename)}: ${text(result?.evalue)}` };
  }
  const version = /^'(.+)'$/.exec(text(object(result.data)?.['text/plain']))?.[1];
  return version === undefined ? { is: 'missing' } : { is: 'loaded', version };
}
