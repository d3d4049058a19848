/** Which addresses a link may bear (hazards §2.11, UI-15). Imports nothing. */

const LONGEST = 4000;

/**
 * The address as a link may bear it, or null: only http, https and mailto, without user info, to a host in plain
 * letters that is not punycode.
 */
export function safeAddress(address: string): string | null {
  // Browsers drop white space and controls inside an address; so does what decides here.
  const plain = address.replace(/[\u0000-\u0020\u007f]/g, '');
  if (plain.length > LONGEST || plain.includes('\\')) {
    return null;
  }
  let url: URL;
  try {
    url = new URL(plain);
  } catch {
    return null;
  }
  if (url.protocol === 'mailto:') {
    return /^[^@]+@[^@]+$/.test(url.pathname) ? url.href : null;
  }
  if (url.protocol !== 'http:' && url.protocol !== 'https:') {
    return null;
  }
  const authority = /^https?:\/\/([^/?#]*)/i.exec(plain)?.[1] ?? '@';
  const honest = /^[a-z0-9.:-]+$/i.test(authority) && !url.hostname.includes('xn--');
  return honest && !url.username && !url.password ? url.href : null;
}
