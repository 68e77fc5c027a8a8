import { objectField, type TokenizerJson } from '../../../tokenizer/json';
import {
  foreignTokenizer,
  mergesOf,
  TOKEN_TYPE,
  vocabularyObject,
  type TokenizerKind,
  type TokenList,
} from '../kind';
import { badField, flag, float32s, ggufText } from '../../values';

const SCORES = 'tokenizer.ggml.scores';
const SPACE_PREFIX = 'tokenizer.ggml.add_space_prefix';
const SPACE = '▁';
/** Cutting a token in two in every place costs its length squared; real tokens are far shorter. */
const MAX_TOKEN_LENGTH = 512;

/**
 * SentencePiece BPE as Llama has it. SentencePiece joins the neighbours whose union has the highest score; tokenizer.json holds the same
 * rule as a list of merges, best first, of every pair whose union is a token. So the score of a token is minus the place of its first merge.
 */
const sentencePiece: TokenizerKind = {
  model: 'llama',
  addsBos: () => true,
  matches(json) {
    const model = objectField(json, 'model');
    const before = objectField(json, 'pre_tokenizer');
    return model?.type === 'BPE' && model.byte_fallback === true && (!before || before.type === 'Metaspace');
  },
  write(json, list) {
    return [
      ['tokenizer.ggml.pre', ggufText('default')],
      [SCORES, float32s(scoresOf(json, list))],
      [SPACE_PREFIX, flag(prependsSpace(json))],
    ];
  },
  read(metadata, list) {
    const prepends = metadata.optionalFlag(SPACE_PREFIX) ?? true;
    const scores = metadata.list(SCORES, 'float32');
    if (scores.length !== list.tokens.length)
      throw badField(SCORES, `has ${scores.length} values for ${list.tokens.length} tokens`);
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

/** Tokens no merge makes come after all that one does; bytes and special tokens are never joined and get 0. */
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

/** Every pair of tokens whose union is a token, best union first; pairs of one union by their ids, as transformers' converter orders them. */
function mergesFrom({ tokens, types }: TokenList, scores: Float32Array): [string, string][] {
  const joins = (id: number) => types[id] === TOKEN_TYPE.normal || types[id] === TOKEN_TYPE.userDefined;
  const ids = [...tokens.keys()].filter(joins);
  const idOf = new Map(ids.map((id) => [tokens[id], id]));
  const byIds = (a: [string, string], b: [string, string]) =>
    idOf.get(a[0])! - idOf.get(b[0])! || idOf.get(a[1])! - idOf.get(b[1])!;
  const best = ids.sort((a, b) => scores[b] - scores[a] || a - b);
  return best.flatMap((id) =>
    cuts(tokens[id], id)
      .filter((parts) => parts.every((part) => idOf.has(part)))
      .sort(byIds),
  );
}

function cuts(token: string, id: number): [string, string][] {
  if (token.length > MAX_TOKEN_LENGTH)
    throw badField(`tokenizer.ggml.tokens[${id}]`, `is ${token.length} characters long`);
  const places = [...token].slice(0, -1);
  let at = 0;
  return places.map((character) => {
    at += character.length;
    return [token.slice(0, at), token.slice(at)];
  });
}

/** Whether a text gets a space before it. @throws LabError unsupported for any other change to the text */
function prependsSpace(json: TokenizerJson): boolean {
  const before = objectField(json, 'pre_tokenizer');
  const steps = normalizers(objectField(json, 'normalizer'));
  const prepends = steps.filter(({ type, prepend }) => type === 'Prepend' && prepend === SPACE);
  const replaces = steps.filter(
    (step) =>
      step.type === 'Replace' && objectField(step, 'pattern')?.String === ' ' && step.content === SPACE,
  );
  if (prepends.length + replaces.length !== steps.length)
    throw foreignTokenizer('its normalizer does more than put ▁ for spaces');
  if (!before && replaces.length === 0) throw foreignTokenizer('it does not put ▁ for spaces');
  if (before && before.split !== false)
    throw foreignTokenizer('it cuts texts into words before SentencePiece BPE');
  return prepends.length > 0 || (before !== undefined && before.prepend_scheme !== 'never');
}

function normalizers(json: TokenizerJson | undefined): TokenizerJson[] {
  if (!json) return [];
  return json.type === 'Sequence' && Array.isArray(json.normalizers)
    ? (json.normalizers as TokenizerJson[])
    : [json];
}

export default sentencePiece;
