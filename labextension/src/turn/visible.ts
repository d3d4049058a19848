/**
 * Text from elsewhere, made honest: what can't be seen is written out as an escape (hazards INP-02 … 05, 12).
 *
 * The counterpart of `kimi_jupyter/chat/visible.py`. Imports nothing.
 */

// Controls but tab and newline; C1; format, bidirectional, zero-width, filler, variation and tag characters.
const UNSEEN =
  '\\u0000-\\u0008\\u000b-\\u001f\\u007f-\\u009f\\u00ad\\u034f\\u061c\\u115f\\u1160\\u17b4\\u17b5\\u180b-\\u180f' +
  '\\u200b-\\u200f\\u2028-\\u202e\\u2060-\\u206f\\u3164\\ufe00-\\ufe0f\\ufeff\\uffa0\\ufff0-\\ufffb' +
  '\\u{1bca0}-\\u{1bca3}\\u{1d173}-\\u{1d17a}\\u{e0000}-\\u{e0fff}\\ud800-\\udfff';
// Joiners and selectors inside emoji, and joiners in Arabic and Indic prose, are part of what is seen.
const KEPT =
  '\\p{Extended_Pictographic}(?:\\ufe0f|\\p{Emoji_Modifier})?' +
  '(?:\\u200d\\p{Extended_Pictographic}(?:\\ufe0f|\\p{Emoji_Modifier})?)*' +
  '|[0-9#*]\\ufe0f\\u20e3|(?<=[\\u0620-\\u06ff\\u0900-\\u0dff])[\\u200c\\u200d](?=[\\u0620-\\u06ff\\u0900-\\u0dff])';

/** Finds one character that can't be seen. */
export const UNSEEN_CHARACTER = new RegExp(`[${UNSEEN}]`, 'gu');
const HAS_UNSEEN = new RegExp(`[${UNSEEN}]`, 'u');
const PARTS = new RegExp(`(${KEPT})|[${UNSEEN}]`, 'gu');

/** Write out what can't be seen in a text. Newlines and tabs stay. */
export function visible(text: string): string {
  return HAS_UNSEEN.test(text) ? text.replace(PARTS, (match, kept?: string) => kept ?? escaped(match)) : text;
}

/** One character as an escape: `\x1b`, `\u202e`, `\U000e0041`. */
export function escaped(character: string): string {
  const point = character.codePointAt(0) ?? 0;
  if (point < 0x100) {
    return `\\x${point.toString(16).padStart(2, '0')}`;
  }
  return point < 0x10000 ? `\\u${point.toString(16).padStart(4, '0')}` : `\\U${point.toString(16).padStart(8, '0')}`;
}
