import { KeyedRandom } from '../../base/random';
import { architectureFor } from '../../models/registry';
import type { TensorSource } from '../../runtime/forward/weights';
import type { TrainOptions } from '../options';
import { shuffledImages, tokenWindows, type BatchSource } from '../sampler';

const VOCABULARY = 37;

/** Returns a GPT-2 with one block and about 16,000 weights, small enough for a training step in a test. */
export function tinyModel(scale = 0.08): TensorSource {
  return randomWeights(scale, {
    model_type: 'gpt2',
    vocab_size: VOCABULARY,
    n_positions: 16,
    n_embd: 32,
    n_layer: 1,
    n_head: 2,
  });
}

/** Returns a vision transformer with one block for images of 8 × 8 with one channel and 4 classes. */
export function tinyViT(): TensorSource {
  return randomWeights(0.08, {
    model_type: 'vit',
    hidden_size: 32,
    num_hidden_layers: 1,
    num_attention_heads: 2,
    intermediate_size: 64,
    image_size: 8,
    patch_size: 4,
    num_channels: 1,
    num_labels: 4,
  });
}

/** Normally distributed weights with mean 0, or mean 1 for norms. */
function randomWeights(scale: number, config: Record<string, unknown>): TensorSource {
  const shape = architectureFor(config).configure(config);
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

/** Returns images of noise in which one quarter is bright and determines the class. */
export function tinyImages(): BatchSource {
  const pixels = (index: number) => {
    const random = new KeyedRandom(index, 8);
    const isBright = (x: number, y: number) => Math.floor(y / 4) * 2 + Math.floor(x / 4) === index % 4;
    return Float32Array.from(
      { length: 64 },
      (_, i) => 0.5 * random.nextNormal() + Number(isBright(i % 8, Math.floor(i / 8))),
    );
  };
  return shuffledImages({
    name: 'tiny images',
    sha256: 'a2',
    seed: 1,
    count: 30,
    pixels,
    label: (index) => index % 4,
  });
}

/** Returns a text that can be learned: every token except each seventh is determined by the previous one. */
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
