import { readFileSync } from 'node:fs';
import { afterAll, expect, test } from 'vitest';
import { readImatrix } from '../../formats/imatrix/imatrix';
import { nodeLabOn } from '../../platform/node/lab';
import { nodeRuntime } from '../../platform/node/onnxRuntime';
import { testGpu } from '../../testing/gpu';
import { describeLarge } from '../../testing/large';
import { makeImatrix } from './imatrix';

const gpu = await testGpu();
afterAll(() => expect(gpu.buffers.liveCount).toBe(0));

describeLarge('fixtures/quantised/gguf', (folder) => {
  test('the importance matrix of the whole text is that of llama-imatrix', { timeout: 900_000 }, async () => {
    const lab = { ...nodeLabOn(gpu), cpu: await nodeRuntime() };
    const model = await lab.openModel('gpt2-tinystories');
    const theirs = readImatrix(readFileSync(`${folder}/gpt2-tinystories.imatrix.dat`));
    const calibration = { data: 'tinystories-calibration', windows: 234, draws: 1 };
    const { entries } = await makeImatrix(lab, model, { calibration, context: 256, seed: 1 });
    for (const [name, { meanSquares }] of theirs.entries) {
      const own = entries.get(name)!.meanSquares;
      const largest = meanSquares.reduce((max, value) => Math.max(max, value), 0);
      // ggml's GELU is a table of float16 values.
      own.forEach((mean, i) =>
        expect(Math.abs(mean - meanSquares[i]), `${name} ${i}`).toBeLessThan(
          5e-3 * meanSquares[i] + 1e-6 * largest,
        ),
      );
    }
  });
});
