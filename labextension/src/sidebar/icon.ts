/** Icons that are drawn for this extension: of the side tab (a crescent with a spark), and of Send. */

import { LabIcon } from '@jupyterlab/ui-components';

const SVG = `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 24 24" width="16">
<path class="jp-icon3" fill="#616161" d="M13.6 3.2a.7.7 0 0 1 .2 1.2 7 7 0 1 0 9.1 9.4.7.7 0 0 1 1.3.4A10.4 10.4 0 1 1 13.600 3.200z" transform="translate(-1.600 0.200)"/>
<path class="jp-icon3" fill="#616161" d="M17.300 1.800l1.150 3.050 3.050 1.150-3.050 1.150-1.150 3.050-1.150-3.050-3.050-1.150 3.050-1.150z"/>
</svg>`;

export const kimiIcon = new LabIcon({ name: 'kimi-jupyter:kimi', svgstr: SVG });

export const sendIcon = new LabIcon({
  name: 'kimi-jupyter:send',
  svgstr: `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 16 16" width="16">
<path fill="currentColor" d="M8 2.200l4.700 4.700-1.100 1.100L8.800 5.200v8.600H7.200V5.200L4.400 8 3.300 6.900z"/>
</svg>`
});
