import { objectField, type TokenizerJson } from '../../../tokenizer/json';
import {
  unsupportedTokenizer,
  mergesOf,
  TOKEN_TYPE,
  vocabularyObject,
  type TokenizerKind,
  type TokenList,
} from '../kind';
import { badField, bool, float32s, ggufString } from '../../values';

const SCORES = 'tokenizer.ggml.scores';
const SPACE_PREFIX = 'tokenizer.ggml.add_space_prefix';
const SPACE = '▁';
/** Maximum token length: splitting a token at every position costs its length squared. Real tokens are far shorter. */
const MAX_TOKEN_LENGTH = 512;

/**
 * SentencePiece BPE as in Llama. SentencePiece merges the neighbours whose union has the highest score; tokenizer.json
 * expresses the same rule as a list of all pairs whose union is a token, best first. So the score of a token is minus the
 * index of its first merge.
 */
const sentencePiece: TokenizerKind = {
  model: 'llama',
  addsBos: () => true,
  defaultIds: { bos: 1, eos: 2, unknown: 0 },
  neutral: ['tokenizer.ggml.pre', 'tokenizer.ggml.merges'],
  matches(json) {
    const model = objectField(json, 'model');
    const before = objectField(json, 'pre_tokenizer');
    return model?.type === 'BPE' && model.byte_fallback === true && (!before || before.type === 'Metaspace');
  },
  write(json, list) {
    return [
      ['tokenizer.ggml.pre', ggufString('default')],
      [SCORES, float32s(scoresOf(json, list))],
      [SPACE_PREFIX, bool(prependsSpace(json))],
    ];
  },
  read(metadata, list) {
    const prepends = metadata.optionalBool(SPACE_PREFIX) ?? true;
    const scores = metadata.array(SCORES, 'float32');
    if (scores.length !== list.tokens.length)
      throw badField(SCORES, `has ${scores.length} values, but there are ${list.tokens.length} tokens`);
    const prepend = { type: 'Prepend', prepend: SPACE };
    const replace = { type: 'Replace', pattern: { String: ' ' }, content: SPACE };
    const unknown = list.types.indexOf(TOKEN_TYPE.unknown);
    return {
      normalizer: { type: 'Sequence', normalizers: [...(prepends ? [prepend] : []), replace] },
      pre_tokenizer: null,
      decoder: decoder(prepends),
      model: {
        type: 'BPE',
        dropout: null,
        unk_token: unknown < 0 ? null : list.tokens[unknown],
        continuing_subword_prefix: null,
        end_of_word_suffix: null,
        fuse_unk: true,
        byte_fallback: true,
        ignore_merges: false,
        vocab: vocabularyObject(list),
        merges: mergesFrom(list, scores),
      },
    };
  },
};

function decoder(prepends: boolean): TokenizerJson {
  const strip = { type: 'Strip', content: ' ', start: 1, stop: 0 };
  const decoders = [
    { type: 'Replace', pattern: { String: SPACE }, content: ' ' },
    { type: 'ByteFallback' },
    { type: 'Fuse' },
  ];
  return { type: 'Sequence', decoders: [...decoders, ...(prepends ? [strip] : [])] };
}

/**
 * Returns the score of each token. Tokens that no merge makes rank last; bytes and special tokens are never merged and
 * have 0.
 */
function scoresOf(json: TokenizerJson, { tokens, types }: TokenList): Float32Array {
  const merges = mergesOf(objectField(json, 'model'));
  const rank = new Map<string, number>();
  merges.forEach((parts, i) => {
    const joined = parts.join('');
    if (!rank.has(joined)) rank.set(joined, i);
  });
  return Float32Array.from(tokens, (token, id) =>
    types[id] === TOKEN_TYPE.normal ? -(rank.get(token) ?? merges.length + id) : 0,
  );
}

/** Returns all pairs of tokens whose union is a token, by score of the union, then by ids, as in transformers' converter. */
function mergesFrom({ tokens, types }: TokenList, scores: Float32Array): [string, string][] {
  const canMerge = (id: number) => types[id] === TOKEN_TYPE.normal || types[id] === TOKEN_TYPE.userDefined;
  const ids = [...tokens.keys()].filter(canMerge);
  const idOf = new Map(ids.map((id) => [tokens[id], id]));
  const byIds = (a: [string, string], b: [string, string]) =>
    idOf.get(a[0])! - idOf.get(b[0])! || idOf.get(a[1])! - idOf.get(b[1])!;
  const best = ids.sort((a, b) => scores[b] - scores[a] || a - b);
  return best.flatMap((id) =>
    splits(tokens[id], id)
      .filter((parts) => parts.every((part) => idOf.has(part)))
      .sort(byIds),
  );
}

function splits(token: string, id: number): [string, string][] {
  if (token.length > MAX_TOKEN_LENGTH)
    throw badField(
      `tokenizer.ggml.tokens[${id}]`,
      `is ${token.length} characters long; at most ${MAX_TOKEN_LENGTH} are supported`,
    );
  const places = [...token].slice(0, -1);
  let at = 0;
  return places.map((character) => {
    at += character.length;
    return [token.slice(0, at), token.slice(at)];
  });
}

/** Returns whether the tokenizer prepends a space to a text. @throws LabError unsupported for any other change to the text */
function prependsSpace(json: TokenizerJson): boolean {
  const before = objectField(json, 'pre_tokenizer');
  const steps = normalizers(objectField(json, 'normalizer'));
  const prepends = steps.filter(({ type, prepend }) => type === 'Prepend' && prepend === SPACE);
  const replaces = steps.filter(
    (step) =>
      step.type === 'Replace' && objectField(step, 'pattern')?.String === ' ' && step.content === SPACE,
  );
  if (prepends.length + replaces.length !== steps.length)
    throw unsupportedTokenizer('its normalizer does more than replace spaces by ▁');
  if (!before && replaces.length === 0) throw unsupportedTokenizer('it does not replace spaces by ▁');
  if (prepends.length > 1) throw unsupportedTokenizer('it prepends more than one space');
  if (!before) return prepends.length > 0;
  if (before.split !== false)
    throw unsupportedTokenizer('it splits texts into words before SentencePiece BPE');
  if (before.replacement !== SPACE) throw unsupportedTokenizer('it does not replace spaces by ▁');
  // llama.cpp puts a space before the text and after each special token, whatever follows.
  const scheme = before.prepend_scheme ?? (before.add_prefix_space === false ? 'never' : 'always');
  if (scheme === 'first')
    throw unsupportedTokenizer(
      'it prepends a space to the text only, and llama.cpp also after special tokens',
    );
  if (scheme !== 'never')
    throw unsupportedTokenizer('it prepends no space to a text that begins with one, and llama.cpp does');
  return prepends.length > 0;
}

function normalizers(json: TokenizerJson | undefined): TokenizerJson[] {
  if (!json) return [];
  return json.type === 'Sequence' && Array.isArray(json.normalizers)
    ? (json.normalizers as TokenizerJson[])
    : [json];
}

export default sentencePiece;
