import { gzipSync } from 'node:zlib';
import { gunzip, isGzip } from '../../../formats/gzip';
import { KeyedRandom } from '../../../base/random';
import { breakBytes, breakOneOf } from '../breakBytes';
import type { FuzzReader } from '../reader';

/** The maximum number of decompressed bytes. */
const LIMIT = 1 << 16;

async function read(bytes: Uint8Array): Promise<void> {
  isGzip(bytes);
  const decompressed = await gunzip('file', bytes, LIMIT);
  if (decompressed.length > LIMIT) throw new Error(`${decompressed.length} bytes, more than the limit`);
}

/** The reader of gzip. */
const gzip: FuzzReader = {
  name: 'gzip',
  reads: 'gzip, up to the decompressed size that the caller allows',
  cases: 800,
  memory: { factor: 4, base: (64 << 10) + 4 * LIMIT },
  prepare: async () => {
    const random = new KeyedRandom(1, 0x677a);
    const noise = Uint8Array.from({ length: 500 }, () => random.nextUint32());
    const [short, zeros, bomb] = [noise, new Uint8Array(LIMIT), new Uint8Array(64 * LIMIT)].map(
      (bytes) => new Uint8Array(gzipSync(bytes)),
    );
    const seeds = [short, zeros];
    return {
      seeds,
      read,
      // `bomb` decompresses to more than allowed, so it is not a valid file.
      broken: (below) => (below(20) === 0 ? breakBytes(bomb, below) : breakOneOf(seeds, below)),
    };
  },
};
export default gzip;
