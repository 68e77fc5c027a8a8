import { LabError } from './errors';

/**
 * Refuses NaN and infinities.
 * @throws LabError not-finite naming the tensor and the first offending element
 */
export function assertFinite(name: string, values: Float32Array): void {
  for (let i = 0; i < values.length; i++)
    if (!Number.isFinite(values[i])) throw notFinite(name, i, values[i]);
}

function notFinite(name: string, index: number, value: number): LabError {
  return new LabError(
    'not-finite',
    `Tensor ${name} holds ${value} (element ${index}), so nothing computed from it would mean anything.`,
    'Use a checkpoint whose weights are all finite; export it again if training diverged.',
  );
}
