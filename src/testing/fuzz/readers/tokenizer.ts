import { loadTokenizer } from '../../../models/tokenizer/tokenizer';
import { jsonReader } from '../jsonReader';
import { TOKENIZERS } from '../tokenizerSeeds';

const TEXT = 'once upon a time, 🙂 <s> bad 42\n\nno  one';

/** Opens the files and does everything the lab does with a tokenizer. */
export async function tryTokenizer(assets: ReadonlyMap<string, Uint8Array>): Promise<void> {
  const tokenizer = await loadTokenizer(assets);
  const ids = await tokenizer.encode(TEXT);
  if (!ids.every((id) => id < tokenizer.vocabularySize)) throw new Error('an id beyond the vocabulary');
  if (typeof tokenizer.decode(ids) !== 'string') throw new Error('no text');
  if (tokenizer.tokenBytes(ids).length !== ids.length) throw new Error('bytes of other tokens');
}

/** tokenizer.json. */
export default jsonReader({
  name: 'tokenizer',
  reads: 'tokenizer.json: opened, a text encoded and decoded',
  cases: 2500,
  memory: { factor: 4, base: 256 << 10 },
  seeds: () => TOKENIZERS,
  read: (bytes) => tryTokenizer(new Map([['tokenizer.json', bytes]])),
});
