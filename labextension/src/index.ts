/** The JupyterLab extension: a list of its plugins. What is heavy is imported by them when it is wanted. */

import type { JupyterFrontEndPlugin } from '@jupyterlab/application';

import { notebookPlugins } from './notebook/plugin';
import { records } from './record/plugin';

const plugins: JupyterFrontEndPlugin<unknown>[] = [records, ...notebookPlugins];

export default plugins;
