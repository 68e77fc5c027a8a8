/**
 * A text on its way through a tokenizer, with the place in the source that each of its characters comes from. Slices share
 * `ends`, so cutting a text copies no array.
 */
export interface AlignedText {
  text: string;
  /** `ends[at + i]` is the byte of the source (UTF-8) at which the character of code unit i of `text` ends. */
  ends: Uint32Array;
  at: number;
  /** The byte of the source at which the first character begins. Characters that a tokenizer prepends end there. */
  start: number;
}

/** Returns the source text itself. */
export function alignedSource(text: string): AlignedText {
  const ends = new Uint32Array(text.length);
  let bytes = 0;
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    const isPair = code >= 0xd800 && code < 0xdc00;
    bytes += isPair ? 4 : utf8Width(code);
    ends[i] = bytes;
    if (isPair && i + 1 < text.length) ends[++i] = bytes;
  }
  return { text, ends, at: 0, start: 0 };
}

/** Returns the number of UTF-8 bytes of a code point. */
export function utf8Width(code: number): number {
  return code < 0x80 ? 1 : code < 0x800 ? 2 : code < 0x10000 ? 3 : 4;
}

/** Returns the text from code unit `from` to before `to`. */
export function sliceAligned(source: AlignedText, from: number, to: number): AlignedText {
  const { text, ends, at, start } = source;
  if (from === 0 && to === text.length) return source;
  const begins = from === 0 ? start : ends[at + from - 1];
  return { text: text.slice(from, to), ends, at: at + from, start: begins };
}

/** Collects a changed text. */
export class AlignedBuilder {
  private readonly parts: string[] = [];
  private ends: Uint32Array;
  private length = 0;
  private start: number | undefined;

  constructor(private readonly source: AlignedText) {
    this.ends = new Uint32Array(source.text.length + 16);
  }

  /** Appends the code units from `from` to before `to` of the source as they are. */
  copy(from: number, to: number): void {
    if (from === to) return;
    const { text, ends, at } = this.source;
    this.start ??= this.startOf(from);
    this.reserve(to - from);
    this.ends.set(ends.subarray(at + from, at + to), this.length);
    this.length += to - from;
    this.parts.push(text.slice(from, to));
  }

  /** Appends a text in place of the code units from `from` to before `to` of the source. */
  replace(text: string, from: number, to: number): void {
    this.push(text, this.startOf(from), this.startOf(to));
  }

  /** Appends a text of the bytes from `start` to before `end` of the source. */
  push(text: string, start: number, end: number): void {
    if (text === '') return;
    this.start ??= start;
    this.reserve(text.length);
    this.ends.fill(end, this.length, this.length + text.length);
    this.length += text.length;
    this.parts.push(text);
  }

  /** Returns the byte of the source at which code unit `i` of the source begins, or at which the source ends. */
  startOf(i: number): number {
    return i === 0 ? this.source.start : this.source.ends[this.source.at + i - 1];
  }

  finish(): AlignedText {
    const start = this.start ?? this.source.start;
    return { text: this.parts.join(''), ends: this.ends, at: 0, start };
  }

  private reserve(more: number): void {
    if (this.length + more <= this.ends.length) return;
    const larger = new Uint32Array(Math.max(this.length + more, this.ends.length * 2));
    larger.set(this.ends.subarray(0, this.length));
    this.ends = larger;
  }
}

/** Puts `prefix` before a text. */
export function prepended(source: AlignedText, prefix: string): AlignedText {
  const builder = new AlignedBuilder(source);
  builder.replace(prefix, 0, 0);
  builder.copy(0, source.text.length);
  return builder.finish();
}

/** Replaces every character by `change(character)`, which may be empty. */
export function mapCharacters(source: AlignedText, change: (character: string) => string): AlignedText {
  const { text } = source;
  const builder = new AlignedBuilder(source);
  let [i, same] = [0, 0];
  for (const character of text) {
    const next = i + character.length;
    const changed = change(character);
    if (changed !== character) {
      builder.copy(same, i);
      builder.replace(changed, i, next);
      same = next;
    }
    i = next;
  }
  if (same === 0) return source;
  builder.copy(same, text.length);
  return builder.finish();
}

/** Replaces the given parts of a text, which are in order and do not overlap, by `content`. */
export function replaceParts(
  source: AlignedText,
  parts: Iterable<readonly [from: number, to: number]>,
  content: string,
): AlignedText {
  const builder = new AlignedBuilder(source);
  let same = 0;
  let count = 0;
  for (const [from, to] of parts) {
    builder.copy(same, from);
    builder.replace(content, from, to);
    same = to;
    count++;
  }
  if (count === 0) return source;
  builder.copy(same, source.text.length);
  return builder.finish();
}

/** Replaces every `character` of one code unit by `content`. */
export function replaceCharacter(source: AlignedText, character: string, content: string): AlignedText {
  if (content.length === 1) return { ...source, text: source.text.replaceAll(character, content) };
  return replaceParts(source, occurrences(source.text, character), content);
}

function* occurrences(text: string, part: string): Generator<[number, number]> {
  for (let i = text.indexOf(part); i >= 0; i = text.indexOf(part, i + part.length))
    yield [i, i + part.length];
}

/** A character below 128 begins a segment: no normalisation form joins it with what is before it. */
const SEGMENT = /[\0-\x7f][^\0-\x7f]*|[^\0-\x7f]+/g;
const CLUSTER = /\P{M}\p{M}*|\p{M}+/gu;

/** Normalises a text. Characters that change end where their base character with its marks ends. */
export function normalized(source: AlignedText, form: 'NFC' | 'NFD' | 'NFKC' | 'NFKD'): AlignedText {
  const { text } = source;
  if (text.normalize(form) === text) return source;
  const builder = new AlignedBuilder(source);
  for (const { 0: segment, index } of text.matchAll(SEGMENT)) {
    const whole = segment.normalize(form);
    if (whole === segment) {
      builder.copy(index, index + segment.length);
      continue;
    }
    const clusters = segment.match(CLUSTER)!;
    const changed = clusters.map((cluster) => cluster.normalize(form));
    if (changed.join('') !== whole) {
      builder.replace(whole, index, index + segment.length);
      continue;
    }
    let i = index;
    for (const [k, cluster] of clusters.entries()) {
      if (changed[k] === cluster) builder.copy(i, i + cluster.length);
      else builder.replace(changed[k], i, i + cluster.length);
      i += cluster.length;
    }
  }
  return builder.finish();
}
