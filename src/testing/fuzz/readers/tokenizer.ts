import { loadTokenizer } from '../../../models/tokenizer/tokenizer';
import { jsonReader } from '../jsonReader';
import { TOKENIZERS } from '../tokenizerSeeds';

const TEXT = 'once upon a time, 🙂 <s> bad 42\n\nno  one';

/** Opens a tokenizer and uses all of its methods. */
export async function tryTokenizer(assets: ReadonlyMap<string, Uint8Array>): Promise<void> {
  const tokenizer = await loadTokenizer(assets);
  const { ids, bytes } = await tokenizer.encodeMeasured(TEXT);
  if (!ids.every((id) => id < tokenizer.vocabularySize)) throw new Error('an id is outside the vocabulary');
  if (typeof tokenizer.decode(ids) !== 'string') throw new Error('decoding gives no string');
  if (bytes && bytes.length !== ids.length) throw new Error('the byte counts are not those of the tokens');
  if (bytes && bytes.reduce((sum, count) => sum + count, 0) !== new TextEncoder().encode(TEXT).length)
    throw new Error('the bytes of the tokens are not those of the text');
}

/** The reader of tokenizer.json. */
export default jsonReader({
  name: 'tokenizer',
  reads: 'tokenizer.json, used to encode and decode a text',
  cases: 2500,
  memory: { factor: 4, base: 256 << 10 },
  seeds: () => TOKENIZERS,
  read: (bytes) => tryTokenizer(new Map([['tokenizer.json', bytes]])),
});
