import { compress } from '../../artefact/compress';
import type { ArtefactSink } from '../../artefact/sink';
import { inverseCholesky } from '../../calibrate/cholesky';
import type { CodecSpec } from '../../codecs/contract/meta';
import { resolveCodec } from '../../codecs/contract/registry';
import type { Model } from '../../models/model';
import { linearInputs } from '../../models/linearInputs';
import { denseWeights } from '../../runtime/forward/weights';
import { Calibrator } from '../calibration/calibrator';
import { calibrationWork, encodeWork, type ModelWork } from './encodeCost';
import type { Lab } from '../lab';
import type { CalibrationPlan } from '../plan/plan';

/** One calibrated encoding of one model: its time, and the operations that were counted and stated for it. */
export interface EncodeTiming {
  model: string;
  parameters: number;
  seconds: {
    /** Calibration data through the float32 model, and behind the compressed layers. */
    calibrate: number;
    encode: number;
  };
  /** What the dispatches count, on the GPU. */
  counted: number;
  /** What the operation-count model says. */
  calibration: number;
  encoding: ModelWork;
  peakGpuBytes: number;
}

export interface TimingOptions {
  spec: CodecSpec;
  calibration: CalibrationPlan;
  /** Tokens per calibration window. */
  context: number;
  seed: number;
  signal?: AbortSignal;
}

/** What is timed is encoding: nothing is kept of the file. */
const NO_FILE: ArtefactSink<void> = {
  put: async () => undefined,
  finish: async () => undefined,
  discard: async () => undefined,
};

/**
 * Encodes a model once and times it. Shaders are compiled by whoever runs this a second time.
 * @throws LabError as encoding does; Cancelled. Nothing stays allocated.
 */
export async function timeEncoding(lab: Lab, model: Model, options: TimingOptions): Promise<EncodeTiming> {
  const { spec, calibration, context, seed, signal } = options;
  const { gpu } = lab;
  gpu.buffers.resetPeak();
  const baseline = await denseWeights(gpu, model, signal);
  const calibrator = new Calibrator({ lab, model, calibration, context, seed, signal }, baseline);
  try {
    await calibrator.data();
    await gpu.stream.idle(signal);
    const before = gpu.stream.work.operations;
    const started = performance.now();
    const draw = await calibrator.draw(seed, signal);
    await gpu.stream.idle(signal);
    const floatMs = performance.now() - started;
    const recipe = { spec, scope: 'linear', rest: 'float32' } as const;
    const { calibrateMs, encodeMs } = await compress(model, recipe, draw, NO_FILE, { gpu, seed, signal });
    const { float, walk } = calibrationWork(model.shape, calibration.windows, context);
    return {
      model: model.id,
      parameters: model.shape.parameters,
      seconds: { calibrate: (floatMs + calibrateMs) / 1000, encode: encodeMs / 1000 },
      counted: gpu.stream.work.operations - before,
      calibration: float + walk,
      encoding: encodeWork(model.shape, 'linear', await resolveCodec(spec), spec),
      peakGpuBytes: gpu.buffers.peakBytes,
    };
  } finally {
    calibrator.dispose();
    baseline.dispose();
  }
}

/** Float64 operations per second of a factorisation as wide as the model's widest input, on the host. */
export function hostRate({ shape }: Model): number {
  const n = Math.max(...linearInputs(shape.program).map(({ width }) => width));
  const h = new Float64Array(n * n);
  for (let i = 0; i < n; i++)
    for (let j = 0; j < n; j++) h[i * n + j] = i === j ? 2 : 1 / (1 + Math.abs(i - j));
  const once = () => {
    const started = performance.now();
    inverseCholesky(h, n, 'a factorisation on its own');
    return (performance.now() - started) / 1000;
  };
  once();
  return ((2 / 3) * n ** 3) / once();
}

/** What the smallest model tells of the device; predictions for all models rest on it. */
export interface FittedRates {
  flopsPerSecond: number;
  hostFlopsPerSecond: number;
  dispatchMs: number;
  waitMs: number;
}

/** Seconds the operation-count model predicts for calibrating and encoding. */
export function predictedSeconds({ calibration, encoding }: EncodeTiming, rates: FittedRates): number {
  const gpu = (calibration + encoding.gpu) / rates.flopsPerSecond;
  const steps = (encoding.dispatches * rates.dispatchMs + encoding.waits * rates.waitMs) / 1000;
  return gpu + steps + encoding.host / rates.hostFlopsPerSecond;
}
