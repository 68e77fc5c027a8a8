import { exportGguf } from '../../../models/gguf/export';
import { fileType } from '../../../models/gguf/fileTypes';
import { importGguf } from '../../../models/gguf/import';
import { TINY_GPT2, TINY_LLAMA, tinyModel } from '../../../models/gguf/testing/tinyModel';
import { loadTokenizer } from '../../../models/tokenizer/tokenizer';
import { parseGguf } from '../../../formats/gguf/parse';
import { breakBytes, breakStart } from '../breakBytes';
import { expectFiniteWeights } from '../finiteWeights';
import type { FuzzReader } from '../reader';

async function read(bytes: Uint8Array): Promise<void> {
  const model = await importGguf(bytes, 'x');
  await expectFiniteWeights(model);
  await loadTokenizer(model.assets);
}

/** The reader of complete models in GGUF. */
const ggufModel: FuzzReader = {
  name: 'gguf-model',
  reads: 'models in GGUF: config, tokenizer and all weights',
  cases: 1500,
  memory: { factor: 8, base: 256 << 10 },
  refusals: ['bad-file', 'unsupported', 'limit', 'not-finite'],
  prepare: async () => {
    const seeds = await Promise.all(
      [TINY_LLAMA, TINY_GPT2].map(async (config) => {
        const { bytes } = await exportGguf(tinyModel(config), { type: fileType('F16'), name: 'tiny' });
        return bytes;
      }),
    );
    const headers = seeds.map((bytes) => parseGguf(bytes).dataStart);
    return {
      seeds,
      read,
      broken(below) {
        const chosen = below(seeds.length);
        // After a flipped bit more of the header is readable than after an insertion or deletion.
        if (below(4) === 0) return breakBytes(seeds[chosen], below);
        if (below(2) === 0) return breakStart(seeds[chosen], headers[chosen], below);
        const bytes = seeds[chosen].slice();
        for (let left = 1 + below(2); left > 0; left--) bytes[below(headers[chosen])] ^= 1 << below(8);
        return bytes;
      },
    };
  },
};
export default ggufModel;
