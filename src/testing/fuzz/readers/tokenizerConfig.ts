import { jsonBytes } from '../anyJson';
import { jsonReader } from '../jsonReader';
import { TOKENIZERS } from '../tokenizerSeeds';
import { tryTokenizer } from './tokenizer';

const seeds = [
  {
    add_bos_token: true,
    add_eos_token: false,
    bos_token: { content: '<s>', lstrip: false, normalized: false, rstrip: false, single_word: false },
    eos_token: '</s>',
    unk_token: '<unk>',
    clean_up_tokenization_spaces: false,
    model_max_length: 1e30,
    tokenizer_class: 'LlamaTokenizer',
    added_tokens_decoder: { 10: { content: '<s>', special: true } },
  },
  {
    tokenizer_class: 'GPT2Tokenizer',
    add_prefix_space: true,
    remove_space: true,
    do_lower_case: true,
    pad_token: null,
  },
].map(jsonBytes);

/** The reader of tokenizer_config.json. */
export default jsonReader({
  name: 'tokenizer-config',
  reads: 'tokenizer_config.json with a valid tokenizer.json',
  cases: 800,
  memory: { factor: 4, base: 256 << 10 },
  seeds: () => seeds,
  read: (bytes) =>
    tryTokenizer(
      new Map([
        ['tokenizer.json', TOKENIZERS[1]],
        ['tokenizer_config.json', bytes],
      ]),
    ),
});
