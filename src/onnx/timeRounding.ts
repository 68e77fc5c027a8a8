import {
  inverseScale,
  parametersAt,
  roundsByTime,
  type InputRounding,
  type TimeRounding,
} from '../models/inputRounding';
import type { OnnxGraph } from './graph';
import type { OnnxRuntime } from './runtime';
import { floatTensor, type Tensors } from './session';

/** Inputs of a graph with the parameters of each image's time step, each [batch, 1, 1]. */
const inputNames = (weight: string) => ({
  inverse: `inverse scale of ${weight}`,
  scale: `scale of ${weight}`,
  zero: `zero point of ${weight}`,
});

/** Writes the rounding that `TimeRounding` describes, of x [batch, rows, columns], and returns what the codes stand for. */
export function emitTimeRounding(
  graph: OnnxGraph,
  weight: string,
  { times, maxCode }: TimeRounding,
  x: string,
): string {
  if (times.length === 0) return x;
  const names = inputNames(weight);
  // The last norm of a diffusion model reads layers of the first block once more.
  for (const name of Object.values(names)) graph.input(name, 'float32', ['batch', 1, 1]);
  const quotient = graph.node('Round', [graph.node('Mul', [x, names.inverse])]);
  const shifted = graph.node('Add', [quotient, names.zero]);
  const codes = graph.node('Clip', [shifted, graph.scalar(0), graph.scalar(maxCode)]);
  return graph.node('Mul', [graph.node('Sub', [codes, names.zero]), names.scale]);
}

/** Makes the inputs that `emitTimeRounding` declares. */
export function timeFeeds(
  runtime: OnnxRuntime,
  rounding: ReadonlyMap<string, InputRounding> | undefined,
  timesteps: ArrayLike<number>,
): Tensors {
  const feeds: Tensors = {};
  for (const [weight, rounded] of rounding ?? []) {
    if (!roundsByTime(rounded) || rounded.times.length === 0) continue;
    const own = Array.from(timesteps, (timestep) => parametersAt(rounded, timestep));
    const names = inputNames(weight);
    const feed = (name: string, values: number[]) =>
      (feeds[name] = floatTensor(runtime, Float32Array.from(values), [values.length, 1, 1]));
    feed(names.inverse, own.map(inverseScale));
    feed(
      names.scale,
      own.map(({ scale }) => scale),
    );
    feed(
      names.zero,
      own.map(({ zeroPoint }) => zeroPoint),
    );
  }
  return feeds;
}
