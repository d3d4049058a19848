/** The JupyterLab extension: a list of its plugins. What is heavy is imported by them when it is wanted. */

import type { JupyterFrontEndPlugin } from '@jupyterlab/application';

import { records } from './record/plugin';

const plugins: JupyterFrontEndPlugin<unknown>[] = [records];

export default plugins;
