import { invariant, LabError } from '../../base/errors';
import type { BufferScope } from '../../gpu/buffers';
import type { Gpu } from '../../gpu/gpu';
import type { Conditions, ModelShape } from '../../models/architecture';
import { stepsOf } from '../../models/program';
import { timeFeatures } from '../../models/sinusoids';

/** The buffers of what a diffusion model is told about each image. */
export interface ConditionBuffers {
  /** The sinusoids of the time steps, float32 [images, features]. */
  time: GPUBuffer;
  /** The time steps, u32 [images]. */
  timesteps: GPUBuffer;
  /** The classes, u32 [images]. */
  labels: GPUBuffer;
}

/** Allocates the buffers of a diffusion model; undefined for other models. */
export function conditionBuffers(
  { diffusion, program }: ModelShape,
  scope: BufferScope,
  images: number,
): ConditionBuffers | undefined {
  if (!diffusion) return undefined;
  const [{ out }] = stepsOf(program, 'timeFeatures');
  return {
    time: scope.allocate(4 * images * out.width, 'time features'),
    timesteps: scope.allocate(4 * images, 'time steps'),
    labels: scope.allocate(4 * images, 'labels'),
  };
}

/** Writes time step and class of each image. @throws LabError bad-input for a class that the model does not have */
export function writeConditions(
  { buffers }: Gpu,
  { program, diffusion }: ModelShape,
  to: ConditionBuffers,
  given: Conditions | undefined,
): void {
  invariant(given, 'a diffusion model needs time steps and labels');
  const { classes } = diffusion!;
  const bad = Array.from(given.labels).find((label) => !(label <= classes));
  if (bad !== undefined)
    throw new LabError(
      'bad-input',
      `There is no class ${bad}: ${classes} means none, and the classes come before it.`,
      `Choose a class from 0 to ${classes}.`,
    );
  const [{ out }] = stepsOf(program, 'timeFeatures');
  const features = Array.from(given.timesteps, (t) => [...timeFeatures(t, out.width)]);
  buffers.write(to.time, Float32Array.from(features.flat()));
  buffers.write(to.timesteps, Uint32Array.from(given.timesteps));
  buffers.write(to.labels, Uint32Array.from(given.labels));
}
