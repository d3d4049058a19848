/** The code in a call's JSON text while both are being written: each piece is decoded once. Imports nothing. */

const BEGIN = /"code"\s*:\s*"/;
/** Characters of one piece's end that may hold a part of what `BEGIN` looks for. */
const SEAM = 64;
/** Whole characters and escapes, as many as there are. */
const UNITS = /^(?:[^"\\]|\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4}))*/;
/** Lines at the end that are kept. */
const TAIL = 8;

export class DraftedCode {
  /** Its lines so far, 0 as long as there is no code. */
  lines = 0;
  /** The last of them. */
  tail = '';
  private rest = '';
  private over = false;

  append(text: string): void {
    if (this.over) {
      return;
    }
    this.rest += text;
    if (this.lines === 0 && !this.begin()) {
      return;
    }
    const units = UNITS.exec(this.rest)?.[0] ?? '';
    this.rest = this.rest.slice(units.length);
    this.over = this.rest.startsWith('"');
    this.write(decoded(units));
  }

  private begin(): boolean {
    const found = BEGIN.exec(this.rest);
    this.rest = found ? this.rest.slice(found.index + found[0].length) : this.rest.slice(-SEAM);
    this.lines = found ? 1 : 0;
    return found !== null;
  }

  private write(code: string): void {
    const added = (this.tail + code).split('\n');
    this.lines += added.length - this.tail.split('\n').length;
    this.tail = added.slice(-TAIL).join('\n');
  }
}

function decoded(units: string): string {
  try {
    // A model may write line ends and tabs as they are, which JSON doesn't allow.
    const code: unknown = JSON.parse(`"${units.replace(/\n/g, '\\n').replace(/\t/g, '\\t')}"`);
    return typeof code === 'string' ? code : '';
  } catch {
    return ''; // other control characters: nothing that would run
  }
}
