/** Digests, growing texts, what can't be seen, addresses. */

import { createHash } from 'node:crypto';

import { describe, expect, it } from 'vitest';

import { safeAddress } from '../src/turn/address';
import { plainSha256, sha256 } from '../src/turn/digest';
import { DraftedCode } from '../src/turn/drafted';
import { GrowingText } from '../src/turn/growing';
import { visible } from '../src/turn/visible';

describe('the digest that a decision is bound to', () => {
  // FIPS 180-4, examples.
  const KNOWN: readonly (readonly [string, string])[] = [
    ['', 'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855'],
    ['abc', 'ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad'],
    [
      'abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq',
      '248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1'
    ],
    ['a'.repeat(1_000_000), 'cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0']
  ];

  it.each(KNOWN)('is the standard one (%#)', async (text, digest) => {
    expect(await sha256(text)).toBe(digest);
    expect(plainSha256(text)).toBe(digest);
  });

  it('is of the UTF-8 of a text of any length, with and without the browser’s help', async () => {
    for (let length = 0; length < 140; length++) {
      const text = 'é码🐼\n'.repeat(length).slice(0, length * 2);
      const wanted = createHash('sha256').update(new TextEncoder().encode(text)).digest('hex');
      expect([await sha256(text), plainSha256(text)]).toEqual([wanted, wanted]);
    }
  });
});

describe('a growing text', () => {
  it('is what was put in, whatever the pieces', () => {
    const text = 'Some words, 一些字 🐼🐼\n'.repeat(1500);
    for (const size of [1, 7, 4000, 4001, 100_000]) {
      const growing = new GrowingText();
      for (let at = 0; at < text.length; at += size) {
        growing.append(text.slice(at, at + size));
      }
      expect(growing.toString()).toBe(text);
      for (const from of [0, 1, 3999, 4000, 4001, 12_345, text.length]) {
        expect(growing.since(from)).toBe(text.slice(from));
      }
      expect(growing.length).toBe(text.length);
    }
  });

  it('never changes a chunk that is full, and never cuts a character', () => {
    const growing = new GrowingText();
    growing.append('x');
    let before: readonly string[] = [];
    for (let round = 0; round < 300; round++) {
      growing.append('🐼'.repeat(100));
      const full = growing.chunks().slice(0, -1);
      expect(full.slice(0, before.length)).toEqual(before);
      before = full;
    }
    expect(before.length).toBeGreaterThan(10);
    expect(before.some(chunk => /\p{Surrogate}/u.test(chunk))).toBe(false);
  });

  it('is blank while there is white space alone, and counts tokens by script', () => {
    const growing = new GrowingText();
    growing.append(' \n\t');
    expect(growing.blank).toBe(true);
    growing.append('w'.repeat(397) + '字'.repeat(150));
    expect(growing.blank).toBe(false);
    expect(growing.tokens).toBe(200);
  });
});

describe('text from elsewhere', () => {
  it.each([
    ['a\u202eb', 'a\\u202eb'],
    ['\x1b[2J\x07', '\\x1b[2J\\x07'],
    ['a\u200bb\ufeff', 'a\\u200bb\\ufeff'],
    ['\u{e0041}', '\\U000e0041'],
    ['\ud800', '\\ud800'],
    ['tab\tnew\nline', 'tab\tnew\nline'],
    ['👩‍💻 ❤️ 1️⃣ می‌خواهم', '👩‍💻 ❤️ 1️⃣ می‌خواهم']
  ])('INP-02 shows what can’t be seen (%#)', (text, shown) => {
    expect(visible(text)).toBe(shown);
  });
});

describe('an address', () => {
  it.each([
    'https://docs.example.org/a?b=c#d',
    'http://localhost:8888/lab',
    'mailto:someone@example.org'
  ])('may be %s', address => {
    expect(safeAddress(address)).toBe(address);
  });

  it.each([
    'javascript:alert(1)',
    'java\tscript:alert(1)',
    'data:text/html,x',
    'file:///etc/passwd',
    'command:run',
    '//evil.example',
    'https:evil.example',
    'https://bank.example@evil.example/',
    'https://bank.example\\@evil.example/',
    'https://xn--80ak6aa92e.example/',
    'https://аpple.example/',
    `https://ok.example/${'x'.repeat(5000)}`
  ])('may not be %s', address => {
    expect(safeAddress(address)).toBeNull();
  });
});

describe('the code of a call that is being written', () => {
  const code = Array.from({ length: 40 }, (_, line) => `print("${line}\\t\\u00e9 🐼 码")\n\tx = '\\\\'`).join('\n');

  it.each([1, 2, 7, 1000, 100_000])('is decoded whatever the pieces: %d', size => {
    const raw = JSON.stringify({ purpose: 'the "code" of it', code, after: 'not "code": "this"' });
    const draft = new DraftedCode();
    let before = 0;
    for (let at = 0; at < raw.length; at += size) {
      draft.append(raw.slice(at, at + size));
      expect(draft.lines).toBeGreaterThanOrEqual(before);
      before = draft.lines;
    }
    const lines = code.split('\n');
    expect([draft.lines, draft.tail]).toEqual([lines.length, lines.slice(-8).join('\n')]);
  });

  it('is none where there is none yet, and never an error', () => {
    for (const raw of ['', '{"code', '{"code": ', '{"name": "df", "by": "code"}', '{"code": "\\q"', '\u0000"code": "\u0001"']) {
      const draft = new DraftedCode();
      draft.append(raw);
      expect(draft.tail).toBe('');
    }
  });
});
