import { LabError } from '../../../base/errors';
import { quoted, shown } from '../../../base/shown';
import { parseJsonObject } from '../../load/json';
import { AddedTokens } from '../../tokenizer/engine/addedTokens';
import { modelOf } from '../../tokenizer/engine/models/model';
import { objectField, type TokenizerJson } from '../../tokenizer/json';
import { tokenizerOf } from '../../tokenizer/tokenizerOf';
import { readSpecialTokens, specialEntries, specialTokens, type GgufSpecialTokens } from './specialTokens';
import { unsupportedTokenizer, TOKEN_TYPE, tokenizerKinds, type TokenizerKind, type TokenList } from './kind';
import { badField, int32s, ggufString, strings, type GgufEntries, type MetadataReader } from '../values';

const MODEL = 'tokenizer.ggml.model';
const TOKENS = 'tokenizer.ggml.tokens';
const TYPES = 'tokenizer.ggml.token_type';

/** A tokenizer as metadata of a file. */
export interface WrittenTokenizer {
  entries: GgufEntries;
  /** What `general.name` must be, by which llama.cpp decides whether special tokens take the spaces after them. */
  modelName: string;
  /** Which texts have other tokens in llama.cpp; absent if none are known. */
  note?: string;
}

/**
 * Returns the tokenizer of a model as GGUF metadata.
 * @param vocabulary the number of rows of the token embedding; unused ids are filled as in llama.cpp's converter
 * @param name the name that the model should have in the file
 * @throws LabError unsupported or bad-file
 */
export function writeTokenizer(
  assets: ReadonlyMap<string, Uint8Array>,
  config: TokenizerJson,
  vocabulary: number,
  name: string,
): WrittenTokenizer {
  const json = tokenizerOf(assets);
  const settingsBytes = assets.get('tokenizer_config.json');
  const settings = settingsBytes ? parseJsonObject('tokenizer_config.json', settingsBytes) : {};
  const kind = tokenizerKinds.find(({ matches }) => matches(json));
  if (!kind)
    throw unsupportedTokenizer(
      `llama.cpp has no tokenizer of type ${String(objectField(json, 'model')?.type)}`,
    );
  const added = new AddedTokens(json, modelOf(json));
  checkAdded(json, added);
  const list = tokenList(json, added, vocabulary);
  return {
    entries: [
      [MODEL, ggufString(kind.model)],
      [TOKENS, strings(list.tokens)],
      [TYPES, int32s(list.types)],
      ...kind.write(json, list),
      ...specialEntries(specialTokens(json, config, settings, list)),
    ],
    modelName: modelName(name, added),
    ...(objectField(json, 'normalizer')?.type === 'NFC' && { note: NOT_NORMALISED }),
  };
}

const NOT_NORMALISED =
  'llama.cpp does not normalise texts, and this tokenizer does: a text that is not in the Unicode form NFC has other tokens there.';

const BYTE_TOKEN = /^<0x[0-9A-F]{2}>$/;

function tokenList(json: TokenizerJson, added: AddedTokens, vocabulary: number): TokenList {
  const model = objectField(json, 'model');
  const byId = new Map<number, string>();
  for (const [token, id] of Object.entries((model?.vocab ?? {}) as Record<string, number>))
    byId.set(id, token);
  for (const [id, { content }] of added.byId) byId.set(id, content);
  checkVocabulary(byId, vocabulary);
  const types = new Int32Array(vocabulary).fill(TOKEN_TYPE.unused);
  const tokens = Array.from(types, (_, id) => byId.get(id) ?? `[PAD${id}]`);
  const bytes = model?.byte_fallback === true;
  for (const [id, token] of byId)
    types[id] = bytes && BYTE_TOKEN.test(token) ? TOKEN_TYPE.byte : TOKEN_TYPE.normal;
  for (const [id, { content }] of added.byId) {
    types[id] = added.isSpecial(content) ? TOKEN_TYPE.control : TOKEN_TYPE.userDefined;
    if (content === model?.unk_token) types[id] = TOKEN_TYPE.unknown;
  }
  return { tokens, types };
}

/** Models whose special tokens take the spaces after them in llama.cpp, by `general.name` (llama-vocab.cpp), and tokens that do not. */
const PHI3 = /phi-?3/gi;
const TAKE_NO_SPACES = ['<unk>', '<s>', '<|endoftext|>'];

function takesSpacesInPhi3(token: string): boolean {
  return !TAKE_NO_SPACES.includes(token);
}

/** Returns a name by which llama.cpp lets the added tokens take the spaces after them, or not. */
function modelName(name: string, added: AddedTokens): string {
  const isPhi3 = [...added.byId.values()].some(({ rstrip }) => rstrip);
  if (!isPhi3) return name.replace(PHI3, (phi) => `${phi.slice(0, 3)} 3`);
  return name.search(PHI3) >= 0 ? name : `${name} (Phi-3)`;
}

/**
 * Checks that llama.cpp matches the added tokens as the tokenizer does: anywhere in the text as it is, without spaces, or with the
 * spaces after them where it does that for Phi-3.
 */
function checkAdded(json: TokenizerJson, added: AddedTokens): void {
  const tokens = [...added.byId.values()];
  const asPhi3 = tokens.every(({ content, rstrip }) => rstrip === takesSpacesInPhi3(content));
  for (const { content, singleWord, lstrip, rstrip, normalized } of tokens) {
    const name = shown(content);
    if (singleWord) throw unsupportedTokenizer(`its token ${name} is matched as a word of its own only`);
    if (lstrip || (rstrip && !asPhi3))
      throw unsupportedTokenizer(`its token ${name} takes the spaces beside it`);
    if (normalized && objectField(json, 'normalizer'))
      throw unsupportedTokenizer(`its token ${name} is matched in the normalised text`);
  }
}

function checkVocabulary(byId: ReadonlyMap<number, string>, vocabulary: number): void {
  const wrong = [...byId.keys()].find((id) => !Number.isInteger(id) || id < 0 || id >= vocabulary);
  if (wrong === undefined && byId.size > 0) return;
  const why =
    wrong === undefined
      ? 'it has no tokens'
      : `it has a token with the id ${wrong}, but the model has a vocabulary of ${vocabulary}`;
  throw new LabError(
    'bad-file',
    `tokenizer.json does not match the model: ${why}.`,
    'Use the tokenizer.json from the folder of the weights.',
  );
}

/** A tokenizer that was read from a GGUF file. */
export interface ReadTokenizer {
  /** tokenizer.json and tokenizer_config.json. */
  assets: Map<string, Uint8Array>;
  /** The token ids in config.json. */
  config: TokenizerJson;
}

/**
 * Returns the tokenizer of a GGUF file, as the files of a model in hub layout.
 * @param vocabulary the number of rows of the token embedding, which must equal the number of tokens
 * @throws LabError bad-file with the field
 */
export function readTokenizer(metadata: MetadataReader, vocabulary: number): ReadTokenizer {
  const model = metadata.string(MODEL);
  const kind = tokenizerKinds.find((candidate) => candidate.model === model);
  if (!kind) {
    const known = tokenizerKinds.map((candidate) => candidate.model).join(', ');
    throw badField(MODEL, `is ${JSON.stringify(model.slice(0, 60))}; supported are ${known}`);
  }
  const list = readTokens(metadata, vocabulary);
  const special = readSpecialTokens(metadata, list, kind);
  const json = {
    version: '1.0',
    truncation: null,
    padding: null,
    added_tokens: readAdded(list, takesSpacesAfter(metadata)),
    ...kind.read(metadata, list),
    post_processor: postProcessor(special, list),
  };
  const assets = new Map([
    ['tokenizer.json', encoded(json)],
    ['tokenizer_config.json', encoded(settingsOf(special, list))],
  ]);
  checkKeysKnown(metadata, kind);
  const { bos, eos } = special;
  return {
    assets,
    config: {
      ...(bos !== undefined && { bos_token_id: bos }),
      ...(eos !== undefined && { eos_token_id: eos }),
    },
  };
}

/**
 * Keys that change no token of a text in llama.cpp: roles of tokens that end turns or fill gaps, settings of other kinds of tokenizers,
 * and copies for other programs.
 */
const NEUTRAL = new Set(
  ['eot', 'eom', 'seperator', 'padding', 'cls', 'mask', 'prefix', 'suffix', 'middle']
    .concat(...['fim_pre', 'fim_suf', 'fim_mid', 'fim_pad', 'fim_rep', 'fim_sep'])
    .map((role) => `tokenizer.ggml.${role}_token_id`)
    .concat('tokenizer.ggml.remove_extra_whitespaces', 'tokenizer.ggml.precompiled_charsmap')
    .concat('tokenizer.ggml.token_type_count', 'tokenizer.huggingface.json', 'tokenizer.rwkv.world')
    .concat('tokenizer.chat_templates'),
);
/** Chat templates beside the usual one. */
const NAMED_TEMPLATE = /^tokenizer\.chat_template\./;
/** Keys of which only one value means nothing. */
const OFF = ['add_sep_token', 'normalizer.lowercase', 'normalizer.strip_accents'];

/**
 * Checks that every key of the tokenizer was read or changes no token.
 * @throws LabError bad-file for a step that is not implemented; unsupported with the first other key
 */
function checkKeysKnown(metadata: MetadataReader, { neutral }: TokenizerKind): void {
  for (const name of OFF) {
    const key = `tokenizer.ggml.${name}`;
    if (metadata.optionalBool(key) ?? false) throw badField(key, 'is true, but only false is implemented');
  }
  const unknown = metadata
    .unread('tokenizer.')
    .find((key) => !NEUTRAL.has(key) && !neutral.includes(key) && !NAMED_TEMPLATE.test(key));
  if (unknown === undefined) return;
  throw new LabError(
    'unsupported',
    `The GGUF file has the key ${quoted(unknown)}, which this version does not know. It may change how texts are split.`,
    'Choose another file, or convert the model again with llama.cpp.',
  );
}

function readTokens(metadata: MetadataReader, vocabulary: number): TokenList {
  const tokens = metadata.array(TOKENS, 'string');
  if (tokens.length !== vocabulary)
    throw badField(TOKENS, `has ${tokens.length} entries, but the token embedding has ${vocabulary} rows`);
  const types = metadata.has(TYPES)
    ? metadata.array(TYPES, 'int32')
    : new Int32Array(tokens.length).fill(TOKEN_TYPE.normal);
  if (types.length !== tokens.length)
    throw badField(TYPES, `has ${types.length} entries, but there are ${tokens.length} tokens`);
  const twice = firstRepeated(tokens);
  if (twice !== undefined) throw badField(TOKENS, `contains ${JSON.stringify(twice.slice(0, 60))} twice`);
  return { tokens, types };
}

function firstRepeated(tokens: readonly string[]): string | undefined {
  const seen = new Set<string>();
  return tokens.find((token) => seen.size === seen.add(token).size);
}

const ADDED: ReadonlySet<number> = new Set([TOKEN_TYPE.unknown, TOKEN_TYPE.control, TOKEN_TYPE.userDefined]);

/** Returns whether a special token takes the spaces after it. */
function takesSpacesAfter(metadata: MetadataReader): (token: string) => boolean {
  const isPhi3 = (metadata.optionalString('general.name') ?? '').search(PHI3) >= 0;
  return (token) => isPhi3 && takesSpacesInPhi3(token);
}

function readAdded({ tokens, types }: TokenList, rstrip: (token: string) => boolean): TokenizerJson[] {
  const ids = [...tokens.keys()].filter((id) => ADDED.has(types[id]) && tokens[id] !== '');
  return ids.map((id) => ({
    id,
    content: tokens[id],
    single_word: false,
    lstrip: false,
    rstrip: rstrip(tokens[id]),
    normalized: false,
    special: types[id] !== TOKEN_TYPE.userDefined,
  }));
}

function postProcessor(
  { addsBos, addsEos, bos, eos }: GgufSpecialTokens,
  { tokens }: TokenList,
): TokenizerJson | null {
  const before = addsBos && bos !== undefined ? [bos] : [];
  const after = addsEos && eos !== undefined ? [eos] : [];
  if (before.length + after.length === 0) return null;
  const special = (id: number) => ({ SpecialToken: { id: tokens[id], type_id: 0 } });
  const around = (text: string) => [
    ...before.map(special),
    { Sequence: { id: text, type_id: 0 } },
    ...after.map(special),
  ];
  const table = [...before, ...after].map((id) => [
    tokens[id],
    { id: tokens[id], ids: [id], tokens: [tokens[id]] },
  ]);
  return {
    type: 'TemplateProcessing',
    single: around('A'),
    pair: [...around('A'), ...around('B')],
    special_tokens: Object.fromEntries(table),
  };
}

function settingsOf(
  { bos, eos, unknown, chatTemplate }: GgufSpecialTokens,
  { tokens }: TokenList,
): TokenizerJson {
  return {
    tokenizer_class: 'PreTrainedTokenizerFast',
    ...(bos !== undefined && { bos_token: tokens[bos] }),
    ...(eos !== undefined && { eos_token: tokens[eos] }),
    ...(unknown !== undefined && { unk_token: tokens[unknown] }),
    ...(chatTemplate !== undefined && { chat_template: chatTemplate }),
  };
}

function encoded(json: TokenizerJson): Uint8Array {
  return new TextEncoder().encode(JSON.stringify(json));
}
