import type { Conditions, ModelShape } from '../models/architecture';
import { stepsOf } from '../models/program';
import { timeFeatures } from '../models/sinusoids';
import type { OnnxRuntime } from './runtime';
import { floatTensor, integerTensor, type Tensors } from './session';

/** Makes the inputs of a graph that say what a diffusion model is told about each image, as `Emitter.declareConditions` declares them. */
export function conditionFeeds(
  runtime: OnnxRuntime,
  { program }: ModelShape,
  { timesteps, labels }: Conditions,
): Tensors {
  const [{ out }] = stepsOf(program, 'timeFeatures');
  const features = Array.from(timesteps, (t) => [...timeFeatures(t, out.width)]).flat();
  return {
    time_features: floatTensor(runtime, Float32Array.from(features), [timesteps.length, 1, out.width]),
    class_labels: integerTensor(runtime, Uint32Array.from(labels), [labels.length, 1]),
  };
}
