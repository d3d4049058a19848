/** What tells this page from others, also after a reload, so that a kernel goes on with what it asked of it. */

const KEY = 'kimi-jupyter:client';

/** The id of this page. It is kept only while a page is left, as a copy of a tab copies what its session keeps. */
export function clientId(): string {
  const id = take() ?? `${Date.now().toString(36)}-${Math.random().toString(36).slice(2)}`;
  window.addEventListener('pagehide', () => {
    try {
      window.sessionStorage.setItem(KEY, id);
    } catch {
      // No storage: after a reload it is another page.
    }
  });
  return id;
}

function take(): string | null {
  try {
    const kept = window.sessionStorage.getItem(KEY);
    window.sessionStorage.removeItem(KEY);
    return kept;
  } catch {
    return null;
  }
}
