import { textFromFile } from '../../../data/datasets';
import { breakOneOf } from '../breakBytes';
import type { FuzzReader } from '../reader';

const seeds = ['Once upon a time.', 'höhe 🙂 \ud7ff\n\n', 'a'].map((text) => new TextEncoder().encode(text));

/** A text of the user’s. */
const text: FuzzReader = {
  name: 'text',
  reads: 'a text file to measure on',
  cases: 1000,
  memory: { factor: 1 },
  prepare: async () => ({
    seeds,
    broken: (below) => breakOneOf(seeds, below),
    async read(bytes) {
      const { text: decoded } = await textFromFile('file', bytes);
      if (decoded.includes('\ufffd') || decoded === '') throw new Error('a text that was not there');
    },
  }),
};
export default text;
