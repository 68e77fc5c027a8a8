import { KeyedRandom } from '../../base/random';
import type { Gpu } from '../../gpu/gpu';
import { releaseMatrix, uploadMatrix } from '../../runtime/linear/matrix';
import type { LayerInputs, ReferenceInputs } from '../inputs';
import { stepInputs } from '../steps';

/** The stream of the keyed generator for test activations. */
const STREAM = 0xac71;

export interface SyntheticInputs {
  gpu: LayerInputs;
  host: ReferenceInputs;
  /** X [samples, columns], row-major. */
  x: Float32Array;
  dispose(): void;
}

/**
 * Activations like those of real layers: columns are correlated, each a mix of a few hidden factors, and one column in
 * sixteen is ten times larger than the others.
 */
export function syntheticInputs(gpu: Gpu, columns: number, samples = 4 * columns, seed = 1): SyntheticInputs {
  const x = activations(columns, samples, seed);
  const host = statistics(x, columns, samples);
  const gram = uploadMatrix(gpu, Float32Array.from(host.gram), columns, columns, 'test Gram matrix');
  const { meanAbs, maxAbs, steps } = host;
  const means = { meanAbs: Float32Array.from(meanAbs), maxAbs: Float32Array.from(maxAbs) };
  return {
    gpu: { columns, samples, gram, ...means, steps },
    host,
    x,
    dispose: () => releaseMatrix(gpu.buffers, gram),
  };
}

function activations(columns: number, samples: number, seed: number): Float32Array {
  const random = new KeyedRandom(seed, STREAM);
  const factors = Math.max(1, Math.floor(columns / 4));
  const mixing = Float64Array.from({ length: columns * factors }, () => random.nextNormal());
  const x = new Float32Array(samples * columns);
  for (let t = 0; t < samples; t++) {
    const hidden = Float64Array.from({ length: factors }, () => random.nextNormal());
    for (let c = 0; c < columns; c++) {
      let value = 0.5 * random.nextNormal();
      for (let f = 0; f < factors; f++) value += (mixing[c * factors + f] * hidden[f]) / Math.sqrt(factors);
      x[t * columns + c] = value * (c % 16 === 3 ? 10 : 1);
    }
  }
  return x;
}

/** Time steps into which test activations are divided, where there are as many rows. */
const TIMESTEPS = Array.from({ length: 12 }, (_, i) => 80 * i);

/** Returns the statistics of X in plain float64 loops, as if its rows belonged to time steps in order. */
export function statistics(x: Float32Array, columns: number, samples: number): ReferenceInputs {
  const gram = new Float64Array(columns * columns);
  const meanAbs = new Float64Array(columns);
  const maxAbs = new Float64Array(columns);
  for (let t = 0; t < samples; t++) {
    const row = x.subarray(t * columns, (t + 1) * columns);
    for (let i = 0; i < columns; i++) {
      meanAbs[i] += Math.abs(row[i]) / samples;
      maxAbs[i] = Math.max(maxAbs[i], Math.abs(row[i]));
      for (let j = 0; j < columns; j++) gram[i * columns + j] += (row[i] * row[j]) / samples;
    }
  }
  const perStep = Math.max(1, Math.floor(samples / TIMESTEPS.length));
  const steps = TIMESTEPS.slice(0, samples).map((timestep, i) =>
    stepInputs(timestep, x.slice(i * perStep * columns, (i + 1) * perStep * columns), columns),
  );
  return { samples, gram, meanAbs, maxAbs, steps };
}
