import { LabError } from '../../../base/errors';
import { shown } from '../../../base/shown';
import { objectField, objectsIn, type TokenizerJson } from '../json';
import { AddedTokens } from './addedTokens';
import { alignedSource, type AlignedText } from './alignedText';
import { decoderOf, type TokenDecoder } from './decoders';
import { modelOf, partsOf } from './models/model';
import type { TokenModel } from './models/tokenModel';
import { normalizerOf, type Normalizer } from './normalizers';
import { aroundOf, type Around } from './postProcessor';
import { splitterOf, type Splitter } from './preTokenizers';
import { refusal } from './refusal';

/** The tokens of a text as far as it has been encoded. */
export interface Encoded {
  ids: number[];
  /** The byte of the source (UTF-8) at which each token ends. */
  ends: number[];
}

/** Ids are below this, the limit of a vocabulary in config.json. */
const MAX_IDS = 1 << 20;

/**
 * A tokenizer.json, executed as the Rust library `tokenizers` 0.23 does: every field of every component has its meaning there
 * or is refused by name.
 */
export class TokenizerEngine {
  /** The ids that are added before and after a text. */
  readonly around: Around;
  /** The highest id plus 1. */
  readonly vocabularySize: number;
  private readonly model: TokenModel;
  private readonly added: AddedTokens;
  private readonly normalizer: Normalizer | undefined;
  private readonly preTokenizer: Splitter | undefined;
  private readonly decoder: TokenDecoder | undefined;
  private readonly tokens: ReadonlyMap<number, string>;
  private readonly inSource: ReturnType<AddedTokens['inSource']>;
  private readonly inNormalized: ReturnType<AddedTokens['inSource']>;

  /** @throws LabError bad-file for invalid ids; unsupported for everything that the lab cannot follow exactly */
  constructor(json: TokenizerJson) {
    checkTopLevel(json);
    checkIds(json);
    this.model = modelOf(json);
    this.added = new AddedTokens(json, this.model);
    this.normalizer = component(json, 'normalizer', normalizerOf);
    this.preTokenizer = component(json, 'pre_tokenizer', splitterOf);
    this.decoder = component(json, 'decoder', decoderOf);
    this.around = component(json, 'post_processor', aroundOf) ?? { before: [], after: [] };
    this.inSource = this.added.inSource();
    this.inNormalized = this.added.inNormalized(this.normalizer);
    this.tokens = tokensById(this.model, this.added, this.normalizer);
    this.vocabularySize = highest(this.tokens.keys()) + 1;
    const wrong = [...this.around.before, ...this.around.after].find((id) => !this.tokens.has(id));
    if (wrong !== undefined) throw refusal(`it adds the id ${wrong} to a text, which the vocabulary lacks`);
  }

  /** Encodes a text without the tokens around it, and yields after each word. */
  *encode(text: string, encoded: Encoded): Generator<void> {
    for (const section of this.inSource(alignedSource(text)))
      if (section.id !== undefined) pushWhole(encoded, section.id, section.text);
      else if (section.text.text !== '') yield* this.encodeSection(section.text, encoded);
  }

  /** Decodes ids into a text without special tokens. Ids without a token are left out. */
  decode(ids: readonly number[]): string {
    const tokens = ids
      .flatMap((id) => this.tokens.get(id) ?? [])
      .filter((token) => !this.added.isSpecial(token));
    return this.decoder ? this.decoder(tokens).join('') : tokens.join(' ');
  }

  private *encodeSection(source: AlignedText, encoded: Encoded): Generator<void> {
    const text = this.normalizer ? this.normalizer(source) : source;
    for (const section of this.inNormalized(text)) {
      if (section.id !== undefined) {
        pushWhole(encoded, section.id, section.text);
        continue;
      }
      if (section.text.text === '') continue;
      const words = this.preTokenizer ? this.preTokenizer(section.text) : [section.text];
      for (const word of words) {
        if (word.text === '') continue;
        for (const part of partsOf(this.model, word)) {
          pushTokens(encoded, this.model, part);
          yield;
        }
      }
    }
  }
}

function pushWhole({ ids, ends }: Encoded, id: number, text: AlignedText): void {
  ids.push(id);
  ends.push(text.ends[text.at + text.text.length - 1]);
}

function pushTokens({ ids, ends }: Encoded, model: TokenModel, part: AlignedText): void {
  const tokens = model.encode(part.text);
  for (let i = 0; i < tokens.ids.length; i++) {
    ids.push(tokens.ids[i]);
    ends.push(part.ends[part.at + tokens.ends[i] - 1]);
  }
}

/** Truncation and padding are of a call, and transformers switches them off for a call that does not ask for them. */
const KNOWN = [
  'version',
  'truncation',
  'padding',
  'added_tokens',
  'normalizer',
  'pre_tokenizer',
  'post_processor',
  'decoder',
  'model',
];

function checkTopLevel(json: TokenizerJson): void {
  const unknown = Object.keys(json).find((name) => !KNOWN.includes(name));
  if (unknown !== undefined) throw refusal(`it has the field ${shown(unknown)}, which the lab does not know`);
  if (json.version !== undefined && json.version !== '1.0')
    throw refusal(`its version is ${shown(json.version)}, not "1.0"`);
}

function component<T>(json: TokenizerJson, name: string, make: (json: TokenizerJson) => T): T | undefined {
  if (json[name] === undefined || json[name] === null) return undefined;
  const object = objectField(json, name);
  if (!object) throw refusal(`its ${name} is ${shown(json[name])}`);
  return make(object);
}

/** Returns the texts by id into which the tokens are decoded. */
function tokensById(
  { vocabulary }: TokenModel,
  added: AddedTokens,
  normalizer: Normalizer | undefined,
): Map<number, string> {
  const tokens = new Map([...vocabulary].map(([token, id]) => [id, token]));
  for (const [id, text] of added.decoded(normalizer)) tokens.set(id, text);
  return tokens;
}

function highest(ids: Iterable<number>): number {
  let result = -1;
  for (const id of ids) if (id > result) result = id;
  return result;
}

/** Checks the ids of tokens; if the vocabulary is a list, they are its indices. */
function checkIds(json: TokenizerJson): void {
  const vocab = objectField(json, 'model')?.vocab;
  if (Array.isArray(vocab) && vocab.length > MAX_IDS) throw badId(vocab.length - 1);
  if (!Array.isArray(vocab)) for (const id of Object.values(vocab ?? {})) if (!isId(id)) throw badId(id);
  for (const token of objectsIn(json, 'added_tokens')) if (!isId(token?.id)) throw badId(token?.id);
}

function badId(id: unknown): LabError {
  return new LabError(
    'bad-file',
    `tokenizer.json gives a token the id ${shown(id)}; ids are integers from 0 to ${MAX_IDS - 1}.`,
    'Download or export the model again.',
  );
}

function isId(id: unknown): boolean {
  return Number.isSafeInteger(id) && (id as number) >= 0 && (id as number) < MAX_IDS;
}
