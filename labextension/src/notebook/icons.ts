/** The icons of the cell toolbar, in JupyterLab's own style. */

import { LabIcon } from '@jupyterlab/ui-components';

const icon = (name: string, path: string): LabIcon =>
  new LabIcon({
    name: `kimi-jupyter:${name}`,
    svgstr: `<svg xmlns="http://www.w3.org/2000/svg" width="16" viewBox="0 0 24 24"><path class="jp-icon3" fill="#616161" d="${path}"/></svg>`
  });

/** A speech bubble with a question mark. */
export const explainIcon = icon(
  'explain',
  'M4 2h16a2 2 0 0 1 2 2v12a2 2 0 0 1-2 2H8l-5 4V4a2 2 0 0 1 1-2zm1 2v13.5L7.300 16H20V4zm6.100 9.500h1.800V15h-1.800zM12 5.200a3.300 3.300 0 0 1 3.300 3.200c0 1.900-2.100 2.300-2.400 4h-1.800c.2-2.400 2.300-2.700 2.300-4a1.400 1.400 0 0 0-2.800 0H8.800A3.200 3.200 0 0 1 12 5.200z'
);

/** A wand's spark. */
export const improveIcon = icon(
  'improve',
  'M12 2l2.300 6.200L20.500 10.500l-6.200 2.300L12 19l-2.300-6.200-6.200-2.300 6.200-2.300zM19 15l1.100 2.900L23 19l-2.900 1.100L19 23l-1.100-2.900L15 19l2.900-1.100z'
);

/** A cell with an arrow to the side: the schema's toolbar names it. */
export const sendIcon = icon('send-cell', 'M3 4h11v2H5v12h9v2H3zm9.500 7h5.200l-2-2L17.100 7.600l4.400 4.400-4.400 4.400-1.400-1.400 2-2h-5.200z');
