import { objectField, hasType } from '../../../tokenizer/json';
import { PRE_TOKENIZERS, preTokenizerOf, type PreTokenizer } from '../preTokenizers';
import { unsupportedTokenizer, mergesOf, vocabularyObject, type TokenizerKind } from '../kind';
import { badField, ggufString, strings, type MetadataReader } from '../../values';

const PRE = 'tokenizer.ggml.pre';
const MERGES = 'tokenizer.ggml.merges';

/** Byte-level BPE: tokens are in GPT-2's alphabet of one character per byte, and merges are in order of rank. */
const byteLevel: TokenizerKind = {
  model: 'gpt2',
  defaultIds: { bos: 11, eos: 11 },
  neutral: ['tokenizer.ggml.scores', 'tokenizer.ggml.add_space_prefix'],
  addsBos: (metadata) => preTokenizer(metadata).addsBos,
  matches: (json) =>
    objectField(json, 'model')?.type === 'BPE' && hasType(objectField(json, 'pre_tokenizer'), 'ByteLevel'),
  write(json) {
    const normalizer = objectField(json, 'normalizer');
    if (normalizer && normalizer.type !== 'NFC')
      throw unsupportedTokenizer('it normalises texts before byte-level BPE');
    const pre = preTokenizerOf(json);
    if (!pre) throw unsupportedTokenizer('its pre-tokenizer pattern is unknown');
    const merges = mergesOf(objectField(json, 'model')).map((parts) => parts.join(' '));
    return [
      [PRE, ggufString(pre.name)],
      [MERGES, strings(merges)],
    ];
  },
  read(metadata, list) {
    const pre = preTokenizer(metadata);
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

function preTokenizer(metadata: MetadataReader): PreTokenizer {
  const name = metadata.string(PRE);
  const found = PRE_TOKENIZERS.find((pre) => pre.name === name || pre.aliases?.includes(name));
  if (found) return found;
  const known = PRE_TOKENIZERS.map((pre) => pre.name).join(', ');
  throw badField(PRE, `is ${JSON.stringify(name.slice(0, 60))}; supported are ${known}`);
}

/** Returns the merges of a file. The first space after the first character separates the parts, as in llama.cpp. */
function readMerges(metadata: MetadataReader): [string, string][] {
  return metadata.array(MERGES, 'string').map((merge, i) => {
    const space = merge.indexOf(' ', 1);
    if (space > 0 && space < merge.length - 1) return [merge.slice(0, space), merge.slice(space + 1)];
    throw badField(`${MERGES}[${i}]`, 'does not have two parts');
  });
}

export default byteLevel;
