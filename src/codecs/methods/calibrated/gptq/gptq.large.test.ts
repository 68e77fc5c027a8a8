import { afterAll, expect, test } from 'vitest';
import { syntheticInputs } from '../../../../calibrate/testing/inputs';
import { readCheckpoint } from '../../../../testing/checkpoint';
import { testGpu } from '../../../../testing/gpu';
import { describeLarge } from '../../../../testing/large';
import { checkAgainstReference } from './testing/againstReference';

const gpu = await testGpu();
afterAll(() => expect(gpu.buffers.liveCount).toBe(0));

describeLarge('models/stories15M', (folder) => {
  test('codes and error of the float64 reference on trained weights', async () => {
    const checkpoint = readCheckpoint(folder);
    for (const [name, rows, given] of [
      ['model.layers.1.self_attn.q_proj.weight', 288, { bits: 4, group: '128', 'act-order': false }],
      ['model.layers.3.mlp.down_proj.weight', 96, { bits: 3, group: '64', 'act-order': true }],
    ] as const) {
      const spec = checkpoint.shape.tensors.find((tensor) => tensor.name === name)!;
      const columns = spec.matrix[1];
      const values = (await checkpoint.tensor(spec)).slice(0, rows * columns);
      const inputs = syntheticInputs(gpu, columns, columns);
      await checkAgainstReference(values, [rows, columns], given, inputs, 0.7).finally(inputs.dispose);
    }
  });
});
