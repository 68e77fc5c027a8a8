import { dataSet, deltaOf, restored } from '../../../data/delta/testing/memory';
import { breakOneOf } from '../breakBytes';
import type { FuzzReader } from '../reader';

const NOTE = 'a text of some length that is worth a reference to the base';
const CSV = `id,note,x\r\n1,"${NOTE} ""q""",2\r\n2,${NOTE},"a\nb"\r\n3,,7\r\n`;
const JSONL = `{"id":1,"note":"${NOTE}","x":[1,{"y":null}]}\n{"id":2,"note":"${NOTE} \\u00e9"}\n\n{"id":3,"x":12345678901234567890}\n`;

/** A base and a derived set of each text format. */
export const DATA_SETS = [
  {
    kind: 'jsonl',
    base: JSONL,
    derived: `${JSONL.replace('null', 'true').replace('"id":3', '"id":4')}{"id":5}`,
  },
  { kind: 'csv', base: CSV, derived: CSV.replace(',2\r', ',3\r').replace('3,,7', '4,"new",7') },
] as const;

/** The reader of data sets in JSON Lines and CSV. */
const dataSets: FuzzReader = {
  name: 'data-set',
  reads: 'data sets in JSON Lines and CSV, compared with another one and restored',
  cases: 800,
  memory: { factor: 64, base: 1 << 20 },
  refusals: ['bad-file', 'bad-input', 'limit'],
  prepare: async () => {
    const seeds = DATA_SETS.map(({ derived }) => new TextEncoder().encode(derived));
    return {
      seeds,
      broken: (below) => breakOneOf(seeds, below),
      async read(bytes) {
        const kind = bytes.includes(0x7b) ? 'jsonl' : 'csv';
        const base = await dataSet(DATA_SETS[Number(kind === 'csv')].base, kind);
        const { text } = await deltaOf(base, await dataSet(bytes, kind), null);
        if ((await restored(base, text)) !== new TextDecoder('utf-8', { ignoreBOM: true }).decode(bytes))
          throw new Error('the file is not restored');
      },
    };
  },
};
export default dataSets;
