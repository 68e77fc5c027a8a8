import { KeyedRandom } from '../../base/random';
import { architectureFor } from '../../models/registry';
import type { TensorSource } from '../../runtime/weights';
import type { TrainOptions } from '../options';
import { tokenWindows, type BatchSource } from '../sampler';

const VOCABULARY = 37;

/** GPT-2 of one block and about 16,000 weights, small enough for a training step in a test. */
export function tinyModel(scale = 0.08): TensorSource {
  const shape = architectureFor({ model_type: 'gpt2' }).configure({
    model_type: 'gpt2',
    vocab_size: VOCABULARY,
    n_positions: 16,
    n_embd: 32,
    n_layer: 1,
    n_head: 2,
  });
  return {
    shape,
    tensor(spec) {
      const random = new KeyedRandom(11, shape.tensors.indexOf(spec));
      const [rows, columns] = spec.matrix;
      const around = spec.role === 'norm' && spec.name.endsWith('.weight') ? 1 : 0;
      const values = Float32Array.from(
        { length: rows * columns },
        () => around + scale * random.nextNormal(),
      );
      return Promise.resolve(values);
    },
  };
}

/** Text that can be learned: every token but each seventh follows from the one before it. */
export function tinyText(seed = 1): BatchSource {
  const random = new KeyedRandom(5, 9);
  const tokens = new Uint32Array(2000);
  for (let i = 1; i < tokens.length; i++)
    tokens[i] = i % 7 === 0 ? random.nextUint32() % VOCABULARY : (tokens[i - 1] * 3 + 1) % VOCABULARY;
  return tokenWindows({ name: 'tiny text', sha256: 'a1', seed, tokens });
}

export function tinyOptions(more: Partial<TrainOptions> = {}): TrainOptions {
  return {
    steps: 6,
    batch: 4,
    microBatch: 4,
    length: 12,
    learningRate: 1e-2,
    warmup: 1,
    schedule: 'cosine',
    weightDecay: 0.01,
    betas: [0.9, 0.99],
    epsilon: 1e-8,
    clipNorm: 1,
    seed: 3,
    scope: 'linear',
    ...more,
  };
}
