/** The texts of the sidebar in the user's language. */

import { CHINESE } from './chinese';
import { ENGLISH, type Words } from './english';

export type { Words };

/** Simplified Chinese for any Chinese, else English. */
export function words(language: string): Words {
  return /^zh\b/i.test(language) ? CHINESE : ENGLISH;
}
