/**
 * Which requests this page began, also before it was reloaded.
 *
 * The kernel asks a page that came back for what it has no result of. A page that was reloaded does not know how that
 * ended, and must not do it twice (hazards STO-02).
 */

const KEY = 'kimi-jupyter:begun';
const MOST = 30;

/** Where it is kept: of this tab alone. */
type Store = Pick<Storage, 'getItem' | 'setItem'>;

export class Begun {
  private ids: string[];

  constructor(private readonly store: Store | null = tabStorage()) {
    this.ids = (store?.getItem(KEY) ?? '').split(' ').filter(Boolean);
  }

  has(request: string): boolean {
    return this.ids.includes(request);
  }

  /** To be told before anything is changed or run. */
  add(request: string): void {
    this.ids = [...this.ids.filter(id => id !== request), request].slice(-MOST);
    this.store?.setItem(KEY, this.ids.join(' '));
  }
}

/** The tab's storage; a page may be forbidden to have any. */
function tabStorage(): Store | null {
  try {
    return window.sessionStorage;
  } catch {
    return null;
  }
}
