import { compress } from '../../artefact/compress';
import type { ArtefactSink } from '../../artefact/sink';
import { inverseCholesky } from '../../calibrate/cholesky';
import type { CodecSpec } from '../../codecs/contract/meta';
import { resolveCodec } from '../../codecs/contract/registry';
import type { Model } from '../../models/model';
import { linearInputs } from '../../models/linearInputs';
import { Calibrator } from '../calibration/calibrator';
import { calibrationWork, encodeWork, type ModelWork } from './encodeCost';
import { requireGpu, type Lab } from '../lab';
import type { CalibrationPlan } from '../plan/plan';

/** The time of one calibrated encoding of a model, and the operations that were counted and predicted for it. */
export interface EncodeTiming {
  model: string;
  parameters: number;
  seconds: {
    /** Carrying calibration data through the float32 model and through the compressed layers. */
    calibrate: number;
    encode: number;
  };
  /** Operations that the dispatches on the GPU count. */
  counted: number;
  /** Operations that the operation-count model predicts, for calibration and for encoding. */
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

/** A sink that keeps nothing, since only encoding is timed. */
const NO_FILE: ArtefactSink<void> = {
  put: async () => undefined,
  finish: async () => undefined,
  discard: async () => undefined,
};

/**
 * Encodes a model once and times it. The first call also compiles shaders, so that its time does not count.
 * @throws LabError as encoding does; Cancelled. Nothing stays allocated.
 */
export async function timeEncoding(lab: Lab, model: Model, options: TimingOptions): Promise<EncodeTiming> {
  const { spec, calibration, context, seed, signal } = options;
  const gpu = requireGpu(lab, 'Timing an encoder');
  const { processor } = lab;
  gpu.buffers.resetPeak();
  const baseline = await processor.load(model, signal);
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
    const { calibrateMs, encodeMs } = await compress(model, recipe, draw, NO_FILE, {
      processor,
      seed,
      signal,
    });
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

/** Measures the float64 operations per second of a factorisation on the host, as wide as the model's widest input. */
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

/** The rates of a device, fitted on the smallest model. The times of all models are predicted from them. */
export interface FittedRates {
  flopsPerSecond: number;
  hostFlopsPerSecond: number;
  dispatchMs: number;
  waitMs: number;
}

/** Predicts the seconds of calibrating and encoding by the operation-count model. */
export function predictedSeconds({ calibration, encoding }: EncodeTiming, rates: FittedRates): number {
  const gpu = (calibration + encoding.gpu) / rates.flopsPerSecond;
  const steps = (encoding.dispatches * rates.dispatchMs + encoding.waits * rates.waitMs) / 1000;
  return gpu + steps + encoding.host / rates.hostFlopsPerSecond;
}
