import { KeyedRandom } from '../../../../../base/random';
import { amplitudeOf, phaseOf } from '../../../../kit/transforms/polar';

// The residual predictor estimates the rounding errors of a coefficient from its codes. The input is [k/(n − 1), coarse log amplitude,
// coarse phase, one-hot band], then two hidden layers of 32 with ReLU, and the output is [Δ log amplitude, Δ phase]. It is trained on the
// mean squared error by SGD at rate 1e-3 in batches of 4096 for 5 epochs.
// Source: QuantoniumOS, https://github.com/mandcony/quantoniumos

const UNITS = 32;
const FIRST_BAND = 64;
const RATE = 1e-3;
const BATCH = 4096;
const EPOCHS = 5;
/** The maximum number of training samples. More would take the host minutes without a better result after five epochs. */
const MAX_SAMPLES = 16384;
const STREAM = 0x3e5d;

/** The bound on the predicted Δ log amplitude, the same as in WGSL. */
const MAX_LOG = 4;

/** Counts the bands of a block of n. The first is 64 wide, and each further one twice as wide as the one before. */
export function bandCount(n: number): number {
  return bandOf(n - 1) + 1;
}

/** Computes the band of coefficient k. */
export function bandOf(k: number): number {
  return Math.floor(Math.log2(Math.floor(k / FIRST_BAND) + 1));
}

/** Computes the offsets of the layers in the array of weights. */
function layersOf(inputs: number) {
  const b1 = UNITS * inputs;
  const w2 = b1 + UNITS;
  const b2 = w2 + UNITS * UNITS;
  const w3 = b2 + UNITS;
  const b3 = w3 + 2 * UNITS;
  return { b1, w2, b2, w3, b3, size: b3 + 2 };
}

/** Computes the number of inputs of the network of a block. */
export function inputCount(block: number): number {
  return 3 + bandCount(block);
}

/** Computes the number of weights of the network of a block: W1 [32, inputs], b1, W2 [32, 32], b2, W3 [2, 32], b3. */
export function predictorSize(block: number): number {
  return layersOf(inputCount(block)).size;
}

/** The input of the network for one coefficient, and its target. */
export interface Sample {
  position: number;
  log: number;
  phase: number;
  band: number;
  target: readonly [number, number];
}

interface Activations {
  one: Float64Array;
  two: Float64Array;
  out: [number, number];
}

function forward(w: ArrayLike<number>, inputs: number, s: Omit<Sample, 'target'>): Activations {
  const { b1, w2, b2, w3, b3 } = layersOf(inputs);
  const one = new Float64Array(UNITS);
  const two = new Float64Array(UNITS);
  for (let u = 0; u < UNITS; u++) {
    const row = u * inputs;
    const sum =
      w[b1 + u] + w[row] * s.position + w[row + 1] * s.log + w[row + 2] * s.phase + w[row + 3 + s.band];
    one[u] = Math.max(0, sum);
  }
  for (let u = 0; u < UNITS; u++) {
    let sum = w[b2 + u];
    for (let j = 0; j < UNITS; j++) sum += w[w2 + u * UNITS + j] * one[j];
    two[u] = Math.max(0, sum);
  }
  const last = (o: number) => {
    let sum = w[b3 + o];
    for (let j = 0; j < UNITS; j++) sum += w[w3 + o * UNITS + j] * two[j];
    return sum;
  };
  return { one, two, out: [last(0), last(1)] };
}

/** Computes the network's correction of log amplitude and phase. */
export function predict(
  w: ArrayLike<number>,
  block: number,
  sample: Omit<Sample, 'target'>,
): [log: number, phase: number] {
  const [log, phase] = forward(w, inputCount(block), sample).out;
  return [Math.max(-MAX_LOG, Math.min(MAX_LOG, log)), Math.max(-Math.PI, Math.min(Math.PI, phase))];
}

/** Trains the network on samples in order, in float64, and rounds the weights to float32. */
export function train(samples: readonly Sample[], block: number, seed: number): Float32Array {
  const inputs = inputCount(block);
  const w = initialWeights(inputs, seed);
  for (let epoch = 0; epoch < EPOCHS; epoch++)
    for (let first = 0; first < samples.length; first += BATCH) {
      const batch = samples.slice(first, first + BATCH);
      const gradient = new Float64Array(w.length);
      for (const sample of batch) backward(w, inputs, sample, gradient);
      // The mean is over the batch and both outputs.
      gradient.forEach((g, i) => (w[i] -= (RATE * g) / (2 * batch.length)));
    }
  return Float32Array.from(w);
}

/**
 * Draws the hidden layers uniformly in ±1/√(their inputs) and sets the output layer to zero. The source leaves this open. An untrained
 * network then predicts zero instead of noise larger than the errors.
 */
function initialWeights(inputs: number, seed: number): Float64Array {
  const random = new KeyedRandom(seed, STREAM);
  const { w2, w3, size } = layersOf(inputs);
  return Float64Array.from({ length: size }, (_, i) => {
    const reach = i >= w3 ? 0 : 1 / Math.sqrt(i < w2 ? inputs : UNITS);
    return reach * (2 * random.nextUniform() - 1);
  });
}

/** Adds the gradient of the squared error of one sample to `gradient`. */
function backward(w: Float64Array, inputs: number, s: Sample, gradient: Float64Array): void {
  const { b1, w2, b2, w3, b3 } = layersOf(inputs);
  const { one, two, out } = forward(w, inputs, s);
  const back2 = new Float64Array(UNITS);
  for (let o = 0; o < 2; o++) {
    const error = 2 * (out[o] - s.target[o]);
    gradient[b3 + o] += error;
    for (let j = 0; j < UNITS; j++) {
      gradient[w3 + o * UNITS + j] += error * two[j];
      back2[j] += error * w[w3 + o * UNITS + j];
    }
  }
  const back1 = new Float64Array(UNITS);
  for (let u = 0; u < UNITS; u++) {
    if (two[u] === 0) continue;
    gradient[b2 + u] += back2[u];
    for (let j = 0; j < UNITS; j++) {
      gradient[w2 + u * UNITS + j] += back2[u] * one[j];
      back1[j] += back2[u] * w[w2 + u * UNITS + j];
    }
  }
  for (let u = 0; u < UNITS; u++) {
    if (one[u] === 0) continue;
    const row = u * inputs;
    gradient[b1 + u] += back1[u];
    gradient[row] += back1[u] * s.position;
    gradient[row + 1] += back1[u] * s.log;
    gradient[row + 2] += back1[u] * s.phase;
    gradient[row + 3 + s.band] += back1[u];
  }
}

/** The restored log amplitude and phase of every code. */
export interface CoarseTables {
  logs: Float64Array;
  angles: Float64Array;
}

/** Computes the network's input for coefficient `k` of a block of n. */
export function networkInput(k: number, n: number, code: number, { logs, angles }: CoarseTables) {
  return {
    position: n > 1 ? k / (n - 1) : 0,
    log: logs[amplitudeOf(code)],
    phase: angles[phaseOf(code)],
    band: bandOf(k),
  };
}

/** Computes the stride that takes at most 16,384 training samples from `count` coefficients. */
export function sampleStride(count: number): number {
  return Math.max(1, Math.ceil(count / MAX_SAMPLES));
}
