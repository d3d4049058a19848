// Builds a page that shows turns without Jupyter: `node dev/build.mjs`, then open build/index.html?turn=approval&theme=dark.

import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';

import { build } from 'esbuild';

const GOLDEN = '../tests/golden';
const THEMES = '../.venv/share/jupyter/lab/themes/@jupyterlab';

mkdirSync('build', { recursive: true });
cpSync('dev/index.html', 'build/index.html');
for (const theme of ['light', 'dark']) {
  const place = `${THEMES}/theme-${theme}-extension/index.css`;
  if (existsSync(place)) {
    cpSync(place, `build/${theme}.css`);
  }
}
const golden = readdirSync(GOLDEN).map(name => [
  name.replace('.jsonl', ''),
  readFileSync(`${GOLDEN}/${name}`, 'utf-8').trim().split('\n').map(JSON.parse)
]);
writeFileSync('build/golden.js', `globalThis.golden = ${JSON.stringify(Object.fromEntries(golden))};\n`);
await build({
  entryPoints: { page: 'dev/page.ts', turn: 'src/turn/turn.css' },
  bundle: true,
  outdir: 'build',
  format: 'iife',
  target: 'es2022',
  jsx: 'automatic',
  // as in the widget
  define: { 'process.env.NODE_ENV': '"production"' },
  alias: {
    react: 'preact/compat',
    'react-dom': 'preact/compat',
    'react-dom/client': 'preact/compat/client',
    'react/jsx-runtime': 'preact/jsx-runtime'
  }
});
