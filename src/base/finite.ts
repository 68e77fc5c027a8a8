import { LabError } from './errors';

/**
 * Checks that all values are finite.
 * @throws LabError not-finite with the name of the tensor and its first element that is NaN or infinite
 */
export function assertFinite(name: string, values: Float32Array): void {
  for (let i = 0; i < values.length; i++)
    if (!Number.isFinite(values[i])) throw notFinite(name, i, values[i]);
}

function notFinite(name: string, index: number, value: number): LabError {
  return new LabError(
    'not-finite',
    `Element ${index} of tensor ${name} is ${value}, so every result computed from it would be meaningless.`,
    'Use a checkpoint whose weights are all finite. If training diverged, export an earlier checkpoint.',
  );
}
