import type { Engine } from './engine';
import { addedTokens, objectField, mergePairs, objectsIn, type AddedToken, type TokenizerJson } from './json';

/**
 * Encodes a text in pieces into the same ids as the whole, so that a long text does not block its thread. A text is cut
 * between a letter, digit, punctuation mark or symbol and the space after it. This provably changes no id for two kinds
 * of tokenizer:
 *
 * - byte-level BPE with GPT-2's pattern: every alternative of the pattern matches a space only as its first character, so
 * a word ends
 *   there anyway, and the only look-ahead (`\s+(?!\S)`) ends inside its own piece;
 * - BPE over the whole text without a pre-tokenizer (Llama's SentencePiece model as transformers converts it): a cut
 * between characters
 *   a and b changes nothing if no merge joins a part that ends in a with one that begins with b.
 *
 * Texts for any other tokenizer are encoded as a whole.
 */
export class PieceEncoder {
  private readonly first: Engine;
  /** Encodes all pieces of a section but the first, without the space that is prepended to a section. */
  private readonly rest: Engine;
  private readonly kind: Kind;
  private readonly specials: RegExp | undefined;
  private readonly contextual: readonly AddedToken[];
  private readonly mergeable: ReadonlySet<string>;

  /**
   * @param engine the engine of `json`
   * @param open opens an engine for a changed tokenizer.json
   */
  constructor(json: TokenizerJson, engine: Engine, open: (json: TokenizerJson) => Engine) {
    this.kind = kindOf(json);
    this.first = engine;
    this.rest = this.kind.name === 'characters' ? open({ ...json, normalizer: this.kind.inner }) : engine;
    this.mergeable = this.kind.name === 'characters' ? mergePairs(json) : new Set();
    const added = addedTokens(json).filter(({ content }) => content.length > 0);
    this.contextual = added.filter((token) => token.strips || (token.normalized && json.normalizer));
    this.specials = alternatives(added.map(({ content }) => content));
  }

  /** Yields the ids of the text in order, without those that the post-processor adds. */
  *encode(text: string): Generator<readonly number[]> {
    if (this.kind.name === 'whole' || this.contextual.some(({ content }) => text.includes(content))) {
      yield ids(this.first, text);
      return;
    }
    // The pattern has a capturing group, so every second section is an added token.
    const sections = this.specials ? text.split(this.specials) : [text];
    for (const [i, section] of sections.entries())
      if (i % 2 === 1) yield ids(this.first, section);
      else yield* this.encodeSection(section);
  }

  private *encodeSection(section: string): Generator<readonly number[]> {
    const known = new Map<string, readonly number[]>();
    for (let start = 0; start < section.length;) {
      const end = this.cutAfter(section, start + this.kind.length);
      const piece = section.slice(start, end);
      yield start === 0 ? ids(this.first, piece) : this.idsInside(piece, known);
      start = end;
    }
  }

  /**
   * Returns the ids of a piece that does not begin its section. Those of single words are cached in `known`, since words
   * repeat.
   */
  private idsInside(piece: string, known: Map<string, readonly number[]>): readonly number[] {
    if (this.kind.name !== 'characters') return ids(this.rest, piece);
    const found = known.get(piece) ?? ids(this.rest, piece);
    known.set(piece, found);
    return found;
  }

  /** Returns the index of the first safe cut at or after `from`; the length of the text if there is none. */
  private cutAfter(text: string, from: number): number {
    for (let at = text.indexOf(' ', from); at >= 0; at = text.indexOf(' ', at + 1)) {
      const before = lastCharacter(text, at);
      if (VISIBLE.test(before) && !this.mergeable.has(before + this.kind.space)) return at;
    }
    return text.length;
  }
}

const VISIBLE = /^[\p{L}\p{N}\p{P}\p{S}]$/u;

function lastCharacter(text: string, end: number): string {
  const low = text.charCodeAt(end - 1);
  const isLow = low >= 0xdc00 && low < 0xe000;
  return text.slice(end - (isLow ? 2 : 1), end);
}

function ids(engine: Engine, text: string): readonly number[] {
  return engine.encode(text, { add_special_tokens: false }).ids;
}

/** Returns a pattern of the alternatives, longest first, in a capturing group, or undefined if there are none. */
function alternatives(contents: readonly string[]): RegExp | undefined {
  if (contents.length === 0) return undefined;
  const longestFirst = [...contents].sort((a, b) => b.length - a.length);
  return new RegExp(`(${longestFirst.map((s) => s.replace(/[.*+?^${}()|[\]\\/]/g, '\\$&')).join('|')})`);
}

interface Kind {
  name: 'words' | 'characters' | 'whole';
  /** Minimum number of characters per piece. For `characters` it is 1, because the ids of repeated words are cached. */
  length: number;
  /** The character into which the normalizer converts a space. */
  space: string;
  /** The normalizer for all pieces of a section but the first. */
  inner: TokenizerJson | null;
}

const WHOLE: Kind = { name: 'whole', length: Infinity, space: ' ', inner: null };

function kindOf(json: TokenizerJson): Kind {
  const model = objectField(json, 'model');
  if (model?.type !== 'BPE') return WHOLE;
  const before = objectField(json, 'pre_tokenizer');
  const normalizer = objectField(json, 'normalizer');
  if (!before) return model.ignore_merges ? WHOLE : charactersKind(normalizer);
  const gpt2 = before.type === 'ByteLevel' && before.use_regex !== false;
  return gpt2 && !normalizer ? { ...WHOLE, name: 'words', length: 4096 } : WHOLE;
}

/**
 * Returns the kind for normalizers that only prepend and replace spaces, as for Llama; any other normalizer may depend on
 * context.
 */
function charactersKind(normalizer: TokenizerJson | undefined): Kind {
  const steps = normalizer?.type === 'Sequence' ? objectsIn(normalizer, 'normalizers') : [normalizer];
  let space = ' ';
  const inner: TokenizerJson[] = [];
  for (const step of steps) {
    if (step?.type === 'Prepend') continue;
    if (step?.type !== 'Replace' || objectField(step, 'pattern')?.String !== ' ' || space !== ' ')
      return WHOLE;
    if (typeof step.content !== 'string') return WHOLE;
    space = step.content;
    inner.push(step);
  }
  if ([...space].length !== 1) return WHOLE;
  return { name: 'characters', length: 1, space, inner: { type: 'Sequence', normalizers: inner } };
}
