import { dataSet, deltaOf, restored } from '../../../data/delta/testing/memory';
import { breakOneOf } from '../breakBytes';
import { breakText } from '../breakText';
import type { FuzzReader } from '../reader';
import { DATA_SETS } from './dataSet';

const PIECES = [
  '=0 1',
  '=-1 2',
  '~0 {"set":{"id":1}}',
  '%0 [1,2,"x"]',
  '+',
  '"a"',
  '!"\\n"',
  '\n',
  '{',
  '"',
  '9',
];

/** The reader of data set deltas, which are applied to the base that the first line of each case chooses. */
const dataDelta: FuzzReader = {
  name: 'data-delta',
  reads: 'data set deltas, applied to their base',
  cases: 1500,
  memory: { factor: 24, base: 512 << 10 },
  refusals: ['bad-file', 'bad-input', 'limit'],
  prepare: async () => {
    const pairs = await Promise.all(
      DATA_SETS.map(async ({ kind, base, derived }) => {
        const file = await dataSet(base, kind);
        const { text } = await deltaOf(file, await dataSet(derived, kind));
        return { file, derived, delta: new TextEncoder().encode(text) };
      }),
    );
    const seeds = pairs.map(({ delta }) => delta);
    return {
      seeds,
      broken(below) {
        if (below(2) === 0) return breakOneOf(seeds, below);
        const text = new TextDecoder().decode(seeds[below(seeds.length)]);
        return new TextEncoder().encode(breakText(text, PIECES, below));
      },
      async read(bytes) {
        const isCsv = new TextDecoder().decode(bytes.subarray(0, 100)).includes('"csv"');
        const { file, derived } = pairs[Number(isCsv)];
        const text = await restored(file, bytes);
        // The delta says what its result is; only one that says so may give another result.
        const same = new TextDecoder().decode(bytes).includes(await sha256Of(derived, isCsv));
        if (same && text !== derived) throw new Error('the result is not the derived file');
      },
    };
  },
};
export default dataDelta;

async function sha256Of(text: string, isCsv: boolean): Promise<string> {
  return (await dataSet(text, isCsv ? 'csv' : 'jsonl')).sha256();
}
