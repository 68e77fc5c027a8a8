import { expect, test } from 'vitest';
import { countWeights, isBlockMatrix, layoutRatio, limbBytes, publishedShape } from './arithmetic';

test('parameters of models that figures are about, from their model cards and by hand', () => {
  expect(publishedShape('gpt2').parameters).toBe(124_439_808);
  // 50,257 × 2 + 1,024 × 2 + 2 × (12·2² + 13·2) + 4
  expect(publishedShape('tiny-gpt2').parameters).toBe(102_714);
  expect(publishedShape('phi-3-mini').parameters).toBe(3_821_079_552);
  expect(countWeights('phi-3-mini', isBlockMatrix)).toBe(32 * 113_246_208);
});

// Recomputed from the byte layouts of the specification.
test.each([
  ['tenpak-x(version=v1)', [768, 3072], 4.0815],
  ['tenpak-x(version=v1)', [2048, 5632], 4.3583],
  ['tenpak-int4(method=int4_residual_v1)', [2048, 5632], 3.2],
  ['tenpak-int4(method=int4_10x_v1)', [2048, 5632], 7.7576],
] as const)('%s on [%s] has the ratio %d', async (codec, shape, ratio) =>
  expect(await layoutRatio(codec, shape)).toBeCloseTo(ratio, 3),
);

test('a limb holds 48 trits in 16 bytes', () => {
  expect(limbBytes(48)).toBe(16);
  expect(limbBytes(49)).toBe(32);
  // gpt2’s head alone, which gives the published 38.69 against the whole model in float32.
  expect((4 * 124_439_808) / limbBytes(50257 * 768)).toBeCloseTo(38.69, 2);
});
