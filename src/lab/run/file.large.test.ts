import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { textEvaluator } from '../../evaluate/text';
import { loadModel } from '../../models/load/load';
import { folderFiles } from '../../platform/node/folder';
import { nodeRuntime } from '../../platform/node/onnxRuntime';
import { denseWeights } from '../../runtime/forward/weights';
import { testGpu } from '../../testing/gpu';
import { describeLarge } from '../../testing/large';

const gpu = await testGpu();
const cpu = await nodeRuntime();
afterAll(() => expect(gpu.buffers.liveCount).toBe(0));

type Expected = Record<string, { tokens: number[]; dequantised: { meanNll: number } }>;

for (const tool of ['gptq', 'awq', 'compressed-tensors', 'bnb', 'mlx'])
  describeLarge(`fixtures/quantised/${tool}/expected.json`, (file) => {
    const expected = JSON.parse(readFileSync(file, 'utf8')) as Expected;
    test.each(Object.entries(expected))(
      '%s: the loss of its tokens is that of transformers',
      async (name, { tokens, dequantised }) => {
        const model = await loadModel(folderFiles(join(file, '..', name)));
        const baseline = await denseWeights(gpu, model);
        // An interval needs two windows, so the tokens are scored twice.
        const ids = Uint32Array.from([...tokens, ...tokens]);
        const protocol = { kind: 'windows', context: tokens.length, stride: tokens.length } as const;
        const input = {
          gpu,
          cpu,
          shape: model.shape,
          baseline,
          ids,
          protocol,
          metrics: 'perplexity',
        } as const;
        const evaluator = textEvaluator(input);
        try {
          const { quality } = await evaluator.measureBaseline({ label: name });
          expect(Math.log(quality.value)).toBeCloseTo(dequantised.meanNll, 5);
        } finally {
          evaluator.dispose();
          baseline.dispose();
        }
      },
    );
  });
