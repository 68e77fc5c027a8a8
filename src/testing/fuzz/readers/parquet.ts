import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { openParquet } from '../../../data/delta/parquet/open';
import { rowText, rowValues } from '../../../data/delta/parquet/text';
import { bytesSource } from '../../../formats/byteSource';
import { PARQUET_COMPRESSORS } from '../../../platform/node/parquetCompressors';
import { breakOneOf } from '../breakBytes';
import type { FuzzReader } from '../reader';

const FOLDER = 'fixtures/parquet';
/** Smaller than those of the lab, so that a file which expands to them fails. */
const LIMITS = { group: 256 << 10, text: { factor: 64, base: 64 << 10 } };

/** The reader of Parquet: all rows, as text and taken apart again. */
const parquet: FuzzReader = {
  name: 'parquet',
  reads: 'Parquet in all encodings and compressions that are read, with all rows',
  cases: 4000,
  memory: { factor: 8, base: 1 << 20 },
  prepare: async () => {
    const seeds = readdirSync(FOLDER)
      .filter((name) => name.endsWith('.parquet') && !name.startsWith('map'))
      .filter((name) => !name.startsWith('zstd') || 'ZSTD' in PARQUET_COMPRESSORS)
      .map((name) => new Uint8Array(readFileSync(join(FOLDER, name))));
    return {
      seeds,
      broken: (below) => breakOneOf(seeds, below),
      async read(bytes) {
        const file = await openParquet('file', bytesSource(bytes), PARQUET_COMPRESSORS, LIMITS);
        let rows = 0;
        for await (const group of file.rows())
          for (const { text, at } of group) {
            const values = rowValues(text);
            if (rowText(Object.keys(values), values) !== text)
              throw new Error('a row reads differently again');
            if (at !== rows++) throw new Error(`row ${rows} says that it is ${at}`);
          }
        if (rows !== file.extent) throw new Error(`${rows} of ${file.extent} rows were read`);
      },
    };
  },
};
export default parquet;
