/**
 * A text that grows by small pieces, at a cost that grows with the text and not with its square. Imports nothing.
 */

/** Characters of one chunk; full chunks never change again, so what draws them need not look at them twice. */
const CHUNK = 4000;

export class GrowingText {
  private readonly full: string[] = [];
  private open = '';
  private ascii = 0;
  private other = 0;
  private size = 0;
  private filled = false;

  append(text: string): void {
    if (!text) {
      return;
    }
    this.size += text.length;
    this.filled ||= text.trim() !== '';
    this.count(text);
    this.open += text;
    while (this.open.length > CHUNK) {
      const cut = seam(this.open);
      this.full.push(this.open.slice(0, cut));
      this.open = this.open.slice(cut);
    }
  }

  get length(): number {
    return this.size;
  }

  /** Whether there is nothing but white space. */
  get blank(): boolean {
    return !this.filled;
  }

  /** An estimate: four characters a token, of scripts beyond Latin one and a half. */
  get tokens(): number {
    return Math.round(this.ascii / 4 + this.other / 1.5);
  }

  /** Chunks that are full, oldest first, and then the one that still grows. */
  chunks(): readonly string[] {
    return [...this.full, this.open];
  }

  /** What came after so many characters. */
  since(length: number): string {
    let from = this.size - this.open.length;
    if (length >= from) {
      return this.open.slice(length - from);
    }
    let text = this.open;
    for (let place = this.full.length - 1; place >= 0 && from > length; place--) {
      const chunk = this.full[place] ?? '';
      from -= chunk.length;
      text = chunk + text;
    }
    return text.slice(length - from);
  }

  toString(): string {
    return this.full.length ? this.full.join('') + this.open : this.open;
  }

  private count(text: string): void {
    for (let place = 0; place < text.length; place++) {
      if (text.charCodeAt(place) < 0x250) {
        this.ascii++;
      } else {
        this.other++;
      }
    }
  }
}

/** Where a chunk may end: after its last line, else its last word, and never within a character. */
function seam(text: string): number {
  const line = text.lastIndexOf('\n', CHUNK - 1) + 1;
  if (line > CHUNK / 2) {
    return line;
  }
  const word = text.lastIndexOf(' ', CHUNK - 1) + 1;
  if (word > CHUNK / 2) {
    return word;
  }
  const unit = text.charCodeAt(CHUNK - 1);
  return unit >= 0xd800 && unit <= 0xdbff ? CHUNK - 1 : CHUNK;
}
