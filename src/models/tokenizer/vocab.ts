import { LabError } from '../../base/errors';
import { parseJsonObject } from '../load/json';
import { parseMerges, parseVocabulary, type Vocabulary } from './vocabFiles';
import { specialTokensOf, type VocabSpecialTokens } from './vocabTokens';
import type { TokenizerJson } from './json';

/** Classes of transformers that are GPT-2's tokenizer by another name. */
const CLASSES = ['GPT2Tokenizer', 'CodeGenTokenizer'];
/** Model types whose tokenizer that is where tokenizer_config.json does not name a class. */
const MODEL_TYPES = ['gpt2', 'opt', 'gpt_neo', 'codegen'];

/**
 * tokenizer.json for a model that has only vocab.json and merges.txt, as repositories from before 2020 and OPT's do: GPT-2's byte-level
 * BPE, converted as transformers' `GPT2Converter` does, a first token in front where tokenizer_config.json asks for one.
 * @param config config.json
 * @param read a file of the model, undefined where it has none
 * @returns undefined where the model has no such files, or a tokenizer of another kind
 * @throws LabError bad-file naming the file
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

/** Every text begins with the token called `bos_token`. */
function firstToken({ bos }: VocabSpecialTokens): TokenizerJson {
  if (!bos)
    throw new LabError(
      'bad-file',
      'tokenizer_config.json puts a first token before every text (add_bos_token), but names none.',
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
