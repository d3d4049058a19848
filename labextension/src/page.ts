/** What both hosts do alike with the page they are in. Imports nothing. */

/** Open an address that the user saw and clicked, in a tab that knows nothing of this one. */
export function openAddress(url: string): void {
  window.open(url, '_blank', 'noopener,noreferrer');
}

/** The language of the page where it says one, else the browser's. */
export function pageLanguage(): string {
  return document.documentElement.lang || navigator.language || 'en';
}

/** A BCP 47 tag of what JupyterLab calls its language, which may be `zh_CN`. */
export function languageTag(code: string | undefined): string {
  return code?.replaceAll('_', '-') ?? 'en';
}
