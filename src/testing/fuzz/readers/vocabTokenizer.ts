import { LabError } from '../../../base/errors';
import { tokenizerFromVocab } from '../../../models/tokenizer/vocab';
import { jsonBytes } from '../anyJson';
import { breakBytes } from '../breakBytes';
import { breakJson } from '../breakJson';
import { breakFolder, packed, unpacked, type Folder } from '../packedFolder';
import type { FuzzReader } from '../reader';
import { tryTokenizer } from './tokenizer';

/** Returns GPT-2's tokens for the bytes: printable ones map to themselves, all others to characters from 256. */
function alphabet(): string[] {
  let next = 256;
  return Array.from({ length: 256 }, (_, byte) => {
    const printable = (byte >= 33 && byte <= 126) || (byte >= 161 && byte <= 172) || byte >= 174;
    return String.fromCharCode(printable ? byte : next++);
  });
}

const tokens = [...alphabet(), 'on', 'Ġon', '<s>', '</s>', '<pad>'];
const folder: Folder = new Map([
  ['vocab.json', jsonBytes(Object.fromEntries(tokens.map((token, id) => [token, id])))],
  ['merges.txt', new TextEncoder().encode('#version: 0.2\no n\nĠ on\n')],
  [
    'tokenizer_config.json',
    jsonBytes({
      ...{ tokenizer_class: 'GPT2Tokenizer', add_bos_token: true, bos_token: '</s>', unk_token: '</s>' },
      pad_token: { content: '<pad>', lstrip: false, normalized: true },
      added_tokens_decoder: { 261: { content: '<more>', special: true } },
    }),
  ],
  ['added_tokens.json', jsonBytes({ '<image>': 262 })],
]);

async function read(bytes: Uint8Array): Promise<void> {
  const files = unpacked(bytes);
  if (!files) return;
  const made = await tokenizerFromVocab({ model_type: 'opt' }, async (name) => files.get(name));
  if (!made) throw new LabError('unsupported', 'The model has no tokenizer.', 'Choose another.');
  await tryTokenizer(new Map([['tokenizer.json', made]]));
}

/** The reader of vocab.json and merges.txt, for models without tokenizer.json. */
const vocabTokenizer: FuzzReader = {
  name: 'vocab-tokenizer',
  reads: 'vocab.json, merges.txt and their settings, used as a tokenizer',
  cases: 1000,
  // The resulting tokenizer.json is longer than its sources, and is parsed as well.
  memory: { factor: 8, base: 256 << 10 },
  prepare: async () => ({
    seeds: [packed(folder)],
    read,
    broken: (below) =>
      breakFolder(folder, below, (name, bytes) =>
        name.endsWith('.json') ? breakJson(bytes, below) : breakBytes(bytes, below),
      ),
  }),
};
export default vocabTokenizer;
