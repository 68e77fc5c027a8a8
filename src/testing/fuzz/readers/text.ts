import { textFromFile } from '../../../data/datasets';
import { breakOneOf } from '../breakBytes';
import type { FuzzReader } from '../reader';

const seeds = ['Once upon a time.', 'höhe 🙂 \ud7ff\n\n', 'a'].map((text) => new TextEncoder().encode(text));

/** The reader of text files. */
const text: FuzzReader = {
  name: 'text',
  reads: 'text files to measure on',
  cases: 1000,
  memory: { factor: 1 },
  prepare: async () => ({
    seeds,
    broken: (below) => breakOneOf(seeds, below),
    async read(bytes) {
      const { text: decoded } = await textFromFile('file', bytes);
      if (decoded.includes('\ufffd') || decoded === '')
        throw new Error('the text is empty or has replacement characters');
    },
  }),
};
export default text;
