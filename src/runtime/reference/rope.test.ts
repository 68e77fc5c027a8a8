import { expect, test } from 'vitest';
import { architectureFor } from '../../models/registry';
import { expectClose } from '../../testing/close';
import { formulaWeights } from '../../testing/formulaWeights';
import { ROPE_MODELS, ropeInput } from '../../testing/ropeFixtures';
import { referenceLogits } from './logits';

/** transformers computes angles in float32, with an error of up to 4e-6 at position 63; logits reach 6. */
const FLOAT32_ANGLES = { abs: 3e-5 };

test.each(ROPE_MODELS.flatMap(({ name, config, runs }) => runs.map((run) => ({ name, config, ...run }))))(
  'scaled rotary embeddings give the logits of transformers: $name, $length tokens',
  async ({ config, length, rows }) => {
    const shape = architectureFor(config).configure(config);
    const tensors = formulaWeights(shape);
    const logits = await referenceLogits(shape, (tensor) => Promise.resolve(tensors.get(tensor)!), {
      ...{ values: ropeInput(length), sequences: 1, length },
    });
    expect(Object.keys(rows).length).toBeGreaterThan(3);
    for (const [row, expected] of Object.entries(rows))
      expectClose(logits.subarray(Number(row) * 23, (Number(row) + 1) * 23), expected, FLOAT32_ANGLES);
  },
);
