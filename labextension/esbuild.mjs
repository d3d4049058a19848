// Bundles the widget for kimi_jupyter/view/static: one ES module, its style sheet, and the licences of what is in it.

import { createHash } from 'node:crypto';
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';

import { build } from 'esbuild';

const OUT = '../kimi_jupyter/view/static';

// Preact in React's place: 125 KB less.
const { outputFiles, metafile } = await build({
  entryPoints: ['src/widget/index.ts'],
  bundle: true,
  write: false,
  metafile: true,
  minify: true,
  format: 'esm',
  target: 'es2022',
  jsx: 'automatic',
  legalComments: 'none', // they are in the file of licences
  define: { 'process.env.NODE_ENV': '"production"' },
  alias: {
    react: 'preact/compat',
    'react-dom': 'preact/compat',
    'react-dom/client': 'preact/compat/client',
    'react/jsx-runtime': 'preact/jsx-runtime'
  }
});
await build({ entryPoints: { turn: 'src/turn/turn.css' }, outdir: OUT, minify: true });
mkdirSync(OUT, { recursive: true });
writeFileSync(join(OUT, 'turn.js'), packed(outputFiles[0].text));
writeFileSync(join(OUT, 'turn.licenses.txt'), licenses(Object.keys(metafile.inputs)));

/**
 * A module that unpacks another and exports what that does.
 *
 * A kernel sends the module over the comm with every turn, and a page keeps every module it ever imported: packed it is
 * less than half as long, and a page unpacks and imports it once, however many turns it shows.
 */
function packed(code) {
  const id = createHash('sha256').update(code).digest('hex').slice(0, 16);
  const text = gzipSync(code, { level: 9 }).toString('base64');
  return `// The view of a turn, built from labextension/src/widget and packed (gzip, base64).
const text = '${text}';
async function unpacked() {
  const bytes = Uint8Array.from(atob(text), character => character.charCodeAt(0));
  const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream('gzip'));
  const url = URL.createObjectURL(new Blob([await new Response(stream).text()], { type: 'text/javascript' }));
  try {
    return await import(/* webpackIgnore: true */ url);
  } finally {
    URL.revokeObjectURL(url);
  }
}
const modules = (globalThis[Symbol.for('kimi-jupyter.turn')] ??= new Map());
if (!modules.has('${id}')) {
  modules.set('${id}', unpacked());
}
export default (await modules.get('${id}')).default;
`;
}

/** Names, versions and licences of the packages whose files were bundled. */
function licenses(files) {
  const places = files.map(file => file.match(/^(?:.*\/)?node_modules\/(?:@[^/]+\/)?[^/]+/)?.[0]);
  const texts = [...new Set(places.filter(Boolean))].sort().map(place => {
    const { name, version, license } = JSON.parse(readFileSync(join(place, 'package.json'), 'utf-8'));
    const file = readdirSync(place).find(entry => /^licen[cs]e/i.test(entry));
    if (!file) {
      throw new Error(`${name} has no licence file`);
    }
    return `${name} ${version} (${license})\n\n${readFileSync(join(place, file), 'utf-8').trim()}\n`;
  });
  return `turn.js contains these packages.\n\n${texts.join(`\n${'-'.repeat(80)}\n\n`)}`;
}
