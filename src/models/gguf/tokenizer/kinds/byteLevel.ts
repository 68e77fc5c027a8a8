import { objectField, hasType } from '../../../tokenizer/json';
import { PRE_TOKENIZERS, preTokenizerOf, type PreTokenizer } from '../preTokenizers';
import { foreignTokenizer, mergesOf, vocabularyObject, type TokenizerKind } from '../kind';
import { badField, ggufText, texts, type MetadataReader } from '../../values';

const PRE = 'tokenizer.ggml.pre';
const MERGES = 'tokenizer.ggml.merges';

/** Byte-level BPE: tokens in GPT-2's alphabet of one character per byte, merges by rank. */
const byteLevel: TokenizerKind = {
  model: 'gpt2',
  addsBos: (metadata) => named(metadata).addsBos,
  matches: (json) =>
    objectField(json, 'model')?.type === 'BPE' && hasType(objectField(json, 'pre_tokenizer'), 'ByteLevel'),
  write(json) {
    if (objectField(json, 'normalizer')) throw foreignTokenizer('it normalises texts before byte-level BPE');
    const pre = preTokenizerOf(json);
    if (!pre) throw foreignTokenizer('its pattern of words has no name known here');
    const merges = mergesOf(objectField(json, 'model')).map((parts) => parts.join(' '));
    return [
      [PRE, ggufText(pre.name)],
      [MERGES, texts(merges)],
    ];
  },
  read(metadata, list) {
    const pre = named(metadata);
    return {
      normalizer: null,
      pre_tokenizer: pre.json,
      decoder: { type: 'ByteLevel', add_prefix_space: true, trim_offsets: true, use_regex: true },
      model: {
        type: 'BPE',
        dropout: null,
        unk_token: null,
        continuing_subword_prefix: null,
        end_of_word_suffix: null,
        fuse_unk: false,
        byte_fallback: false,
        ignore_merges: pre.ignoreMerges,
        vocab: vocabularyObject(list),
        merges: readMerges(metadata),
      },
    };
  },
};

function named(metadata: MetadataReader): PreTokenizer {
  const name = metadata.text(PRE);
  const found = PRE_TOKENIZERS.find((pre) => pre.name === name);
  if (found) return found;
  const known = PRE_TOKENIZERS.map((pre) => pre.name).join(', ');
  throw badField(PRE, `is ${JSON.stringify(name.slice(0, 60))}; known here are ${known}`);
}

/** Parts are divided by the first space after the first character, as llama.cpp does. */
function readMerges(metadata: MetadataReader): [string, string][] {
  return metadata.list(MERGES, 'string').map((merge, i) => {
    const space = merge.indexOf(' ', 1);
    if (space > 0 && space < merge.length - 1) return [merge.slice(0, space), merge.slice(space + 1)];
    throw badField(`${MERGES}[${i}]`, 'has not two parts');
  });
}

export default byteLevel;
