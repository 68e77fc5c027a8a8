import { shown } from '../../../base/shown';
import { objectsIn, type TokenizerJson } from '../json';
import { alignedSource, sliceAligned, type AlignedText } from './alignedText';
import { Fields } from './fields';
import type { TokenModel } from './models/tokenModel';
import type { Normalizer } from './normalizers';
import { RUST_WORD } from './preTokenizers';
import { refusal } from './refusal';
import { escaped } from './split';

/** A token that is matched as a whole before the text is split. */
export interface AddedToken {
  id: number;
  content: string;
  singleWord: boolean;
  lstrip: boolean;
  rstrip: boolean;
  normalized: boolean;
  special: boolean;
}

/** A part of a text, which is an added token if it has an id. */
export interface Section {
  text: AlignedText;
  id?: number;
}

/** The added tokens of a tokenizer.json. Of two entries for one token the last holds, as in the Rust library. */
export class AddedTokens {
  readonly byId = new Map<number, AddedToken>();
  private readonly ids = new Map<string, number>();
  private readonly special = new Set<string>();
  private readonly everNormalized = new Set<number>();

  /** @throws LabError unsupported for an entry that the Rust library would read in another way */
  constructor(
    json: TokenizerJson,
    private readonly model: TokenModel,
  ) {
    for (const entry of objectsIn(json, 'added_tokens')) this.add(parse(entry ?? {}));
  }

  /** Returns the function that finds the tokens matched in the source (`normalized` false). */
  inSource(): (text: AlignedText) => Iterable<Section> {
    return this.finder(false, (content) => content);
  }

  /** Returns the function that finds the tokens matched in the normalised text. */
  inNormalized(normalizer: Normalizer | undefined): (text: AlignedText) => Iterable<Section> {
    const change = (content: string) => (normalizer ? normalizer(alignedSource(content)).text : content);
    return this.finder(true, change);
  }

  /** Returns whether one of the entries with this content is special. */
  isSpecial(content: string): boolean {
    return this.special.has(content);
  }

  /**
   * Returns the texts by id into which the Rust library decodes the tokens: the normalised one for tokens that were once
   * matched in the normalised text.
   */
  decoded(normalizer: Normalizer | undefined): Map<number, string> {
    const text = (id: number, content: string) =>
      normalizer && this.everNormalized.has(id) ? normalizer(alignedSource(content)).text : content;
    return new Map([...this.byId].map(([id, { content }]) => [id, text(id, content)]));
  }

  private add(token: AddedToken): void {
    const { content } = token;
    // The Rust library takes the id of the vocabulary, whatever the entry says.
    const known = this.ids.get(content) ?? this.model.vocabulary.get(content);
    const id = known ?? this.nextId();
    if (known === undefined && id !== token.id)
      throw refusal(
        `it gives the added token ${shown(content)} the id ${token.id}, where the Rust library gives it ${id}`,
      );
    this.ids.set(content, id);
    this.byId.set(id, { ...token, id });
    if (token.special) this.special.add(content);
    if (token.normalized) this.everNormalized.add(id);
  }

  /** Returns the id of a token that the vocabulary lacks: the next after the vocabulary and the tokens added before. */
  private nextId(): number {
    let highest = -1;
    for (const id of this.ids.values()) highest = Math.max(highest, id);
    return Math.max(highest + 1, this.model.size);
  }

  private finder(
    normalized: boolean,
    change: (content: string) => string,
  ): (text: AlignedText) => Iterable<Section> {
    const tokens = [...this.byId.values()].filter((token) => token.normalized === normalized);
    if (tokens.length === 0) return (text) => [{ text }];
    const byContent = new Map<string, AddedToken>();
    for (const token of tokens) {
      const content = change(token.content);
      if (content === '')
        throw refusal(`its normalizer leaves nothing of the added token ${shown(token.content)}`);
      const other = byContent.get(content);
      if (other)
        throw refusal(
          `its normalizer makes the added tokens ${shown(other.content)} and ${shown(token.content)} equal`,
        );
      byContent.set(content, token);
    }
    const longestFirst = [...byContent.keys()].sort((a, b) => b.length - a.length);
    const pattern = new RegExp(longestFirst.map(escaped).join('|'), 'gv');
    return (text) => sectionsOf(text, pattern, byContent);
  }
}

function* sectionsOf(
  source: AlignedText,
  pattern: RegExp,
  tokens: ReadonlyMap<string, AddedToken>,
): Generator<Section> {
  const { text } = source;
  let [end, from] = [0, 0];
  for (;;) {
    pattern.lastIndex = from;
    const found = pattern.exec(text);
    if (!found) break;
    from = found.index + found[0].length;
    const token = tokens.get(found[0])!;
    const place = placeOf(token, text, found.index, from, end);
    if (!place) continue;
    if (end < place[0]) yield { text: sliceAligned(source, end, place[0]) };
    // Nothing is left of a token whose spaces the token before has taken.
    if (place[1] > place[0]) yield { text: sliceAligned(source, ...place), id: token.id };
    end = place[1];
  }
  if (end < text.length) yield { text: sliceAligned(source, end, text.length) };
}

const WORD = new RegExp(`[${RUST_WORD}]`, 'v');
const SPACE = /\p{White_Space}/u;

/** Returns what a token covers with the spaces beside it, or undefined if it must be a word and is not. */
function placeOf(
  token: AddedToken,
  text: string,
  from: number,
  to: number,
  end: number,
): [number, number] | undefined {
  if (token.singleWord && (WORD.test(characterBefore(text, from)) || WORD.test(characterAt(text, to))))
    return undefined;
  let [first, last] = [from, to];
  if (token.lstrip) {
    while (first > end && SPACE.test(text[first - 1])) first--;
    first = Math.max(first, end);
  }
  if (token.rstrip) while (last < text.length && SPACE.test(text[last])) last++;
  return [first, last];
}

function characterAt(text: string, at: number): string {
  const code = text.codePointAt(at);
  return code === undefined ? '' : String.fromCodePoint(code);
}

function characterBefore(text: string, at: number): string {
  if (at === 0) return '';
  const low = text.charCodeAt(at - 1);
  return characterAt(text, at - (low >= 0xdc00 && low < 0xe000 && at > 1 ? 2 : 1));
}

function parse(entry: TokenizerJson): AddedToken {
  const fields = new Fields(entry, 'added token');
  const token = {
    id: fields.integer('id'),
    content: fields.string('content'),
    singleWord: fields.boolean('single_word', false),
    lstrip: fields.boolean('lstrip', false),
    rstrip: fields.boolean('rstrip', false),
    special: fields.boolean('special', false),
  };
  const normalized = fields.boolean('normalized', !token.special);
  fields.end();
  if (token.content === '') throw refusal('it has an added token without content');
  return { ...token, normalized };
}
