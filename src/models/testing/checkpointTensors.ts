import { expect } from 'vitest';
import { readJson, readTensors } from '../../testing/checkpoint';
import { architectureFor } from '../registry';

/** Expects that the config of a checkpoint gives the names, shapes and number of weights of its tensors. */
export function expectTensorsOfCheckpoint(folder: string, weights = 'model.safetensors'): void {
  const config = readJson(`${folder}/config.json`) as Record<string, unknown>;
  const shape = architectureFor(config).configure(config);
  const stored = [...readTensors(`${folder}/${weights}`)].map(([name, t]) => [name, t.shape] as const);
  const layout = (entries: Iterable<readonly [string, readonly number[]]>) =>
    [...entries].map(([name, s]) => `${name} [${s.join()}]`).sort();
  expect(layout(shape.tensors.map((t) => [t.name, t.shape] as const))).toEqual(layout(stored));
  const count = stored.reduce((sum, [, s]) => sum + s.reduce((a, b) => a * b, 1), 0);
  expect(shape.parameters).toBe(count);
}
