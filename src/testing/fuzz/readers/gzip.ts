import { gzipSync } from 'node:zlib';
import { gunzip, isGzip } from '../../../formats/gzip';
import { KeyedRandom } from '../../../base/random';
import { breakBytes, breakOneOf } from '../breakBytes';
import type { FuzzReader } from '../reader';

/** What the reader here is told a file may unfold into; bytes. */
const LIMIT = 1 << 16;

async function read(bytes: Uint8Array): Promise<void> {
  isGzip(bytes);
  const unfolded = await gunzip('file', bytes, LIMIT);
  if (unfolded.length > LIMIT) throw new Error(`${unfolded.length} bytes, more than the limit`);
}

/** Gzip, bounded by what it may unfold into. */
const gzip: FuzzReader = {
  name: 'gzip',
  reads: 'gzip, which may unfold into as much as its caller allows',
  cases: 1500,
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
      // The file that unfolds into more than allowed is no sound one.
      broken: (below) => (below(20) === 0 ? breakBytes(bomb, below) : breakOneOf(seeds, below)),
    };
  },
};
export default gzip;
