/** Puts text on the clipboard. Imports nothing of ours. */

import { useEffect, useState } from 'react';

/** Whether a text was copied just now, and how to copy one. */
export function useCopying(): [boolean, (text: string) => void] {
  const [copied, setCopied] = useState(false);
  useEffect(() => {
    const timer = copied ? setTimeout(() => setCopied(false), 2000) : undefined;
    return () => clearTimeout(timer);
  }, [copied]);
  return [copied, text => void copyText(text).then(setCopied)];
}

/** To the clipboard, which pages without https don't have: there by a selection. */
async function copyText(text: string): Promise<boolean> {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    const area = document.createElement('textarea');
    area.value = text;
    area.setAttribute('aria-hidden', 'true');
    area.style.position = 'fixed';
    area.style.opacity = '0';
    document.body.append(area);
    area.select();
    // eslint-disable-next-line @typescript-eslint/no-deprecated -- all there is where there is no clipboard
    const done = document.execCommand('copy');
    area.remove();
    return done;
  }
}
