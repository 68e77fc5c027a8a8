import { LabError } from '../../base/errors';
import { parseJsonObject } from '../load/json';
import { parseMerges, parseVocabulary, type Vocabulary } from './vocabFiles';
import { specialTokensOf, type VocabSpecialTokens } from './vocabTokens';
import type { TokenizerJson } from './json';

/** The classes of transformers that implement GPT-2's tokenizer. */
const CLASSES = ['GPT2Tokenizer', 'CodeGenTokenizer'];
/** The model types with GPT-2's tokenizer, unless tokenizer_config.json names another class. */
const MODEL_TYPES = ['gpt2', 'opt', 'gpt_neo', 'codegen'];

/**
 * Makes a tokenizer.json for a model that has only vocab.json and merges.txt, as OPT and repositories from before 2020: GPT-2's
 * byte-level BPE, converted as in `GPT2Converter` of transformers, with a first token if tokenizer_config.json requires one.
 * @param config the config.json of the model
 * @param read reads a file of the model; undefined if it does not exist
 * @returns undefined if the model does not have these files, or has a tokenizer of another kind
 * @throws LabError bad-file with the file
 */
export async function tokenizerFromVocab(
  config: TokenizerJson,
  read: (name: string) => Promise<Uint8Array | undefined>,
): Promise<Uint8Array | undefined> {
  if (!MODEL_TYPES.some((type) => type === config.model_type)) return undefined;
  const settings = await readObject('tokenizer_config.json', read);
  if (!isGpt2(settings)) return undefined;
  const [vocab, merges] = [await read('vocab.json'), await read('merges.txt')];
  if (!vocab || !merges) return undefined;
  const vocabulary = parseVocabulary(vocab);
  const list = parseMerges(merges, vocabulary);
  const tokens = specialTokensOf(settings, await readObject('added_tokens.json', read), vocabulary);
  return new TextEncoder().encode(JSON.stringify(tokenizerJson(settings, vocabulary, list, tokens)));
}

async function readObject(
  name: string,
  read: (name: string) => Promise<Uint8Array | undefined>,
): Promise<TokenizerJson> {
  const bytes = await read(name);
  return bytes ? parseJsonObject(name, bytes) : {};
}

function isGpt2({ tokenizer_class: name }: TokenizerJson): boolean {
  if (name === undefined || name === null) return true;
  return typeof name === 'string' && CLASSES.includes(name.replace(/Fast$/, ''));
}

function tokenizerJson(
  settings: TokenizerJson,
  vocabulary: Vocabulary,
  merges: readonly string[],
  special: VocabSpecialTokens,
): TokenizerJson {
  const byteLevel = { type: 'ByteLevel', add_prefix_space: true, trim_offsets: true, use_regex: true };
  return {
    version: '1.0',
    truncation: null,
    padding: null,
    added_tokens: special.tokens,
    normalizer: null,
    pre_tokenizer: { ...byteLevel, add_prefix_space: settings.add_prefix_space === true },
    post_processor:
      settings.add_bos_token === true ? firstToken(special) : { ...byteLevel, trim_offsets: false },
    decoder: byteLevel,
    model: {
      type: 'BPE',
      ...{ dropout: null, unk_token: null, continuing_subword_prefix: '', end_of_word_suffix: '' },
      ...{ fuse_unk: false, byte_fallback: false },
      vocab: Object.fromEntries(vocabulary),
      merges,
    },
  };
}

/** Returns a post-processor that begins every text with the token `bos_token`. */
function firstToken({ bos }: VocabSpecialTokens): TokenizerJson {
  if (!bos)
    throw new LabError(
      'bad-file',
      'tokenizer_config.json sets add_bos_token, but does not define bos_token.',
      'Download the model again.',
    );
  const { id, content } = bos;
  const token = { SpecialToken: { id: content, type_id: 0 } };
  const text = (name: string, type_id: number) => ({ Sequence: { id: name, type_id } });
  return {
    type: 'TemplateProcessing',
    single: [token, text('A', 0)],
    pair: [token, text('A', 0), text('B', 1)],
    special_tokens: { [content]: { id: content, ids: [id], tokens: [content] } },
  };
}
