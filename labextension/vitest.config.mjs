import { defineConfig } from 'vitest/config';

// What the libraries say of themselves: @jupyter/ydoc makes each cell before it puts it into its document, as in JupyterLab.
const theirs = /^(Invalid access: Add Yjs type to a document|\[yjs#509\] Not same Y\.Doc|Clipboard API not available)/;

export default defineConfig({
  test: {
    environment: 'jsdom',
    include: ['tests/**/*.test.{ts,tsx}'],
    testTimeout: 30_000, // machines are shared
    onConsoleLog: said => (theirs.test(said) ? false : undefined)
  }
});
