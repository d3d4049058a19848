/** The JupyterLab extension: a list of its plugins. What is heavy is imported by them when it is wanted. */

import type { JupyterFrontEndPlugin } from '@jupyterlab/application';

import { notebookPlugins } from './notebook/plugin';
import { records } from './record/plugin';
import { sidebar } from './sidebar/plugin';

const plugins: JupyterFrontEndPlugin<unknown>[] = [records, sidebar, ...notebookPlugins];

export default plugins;
