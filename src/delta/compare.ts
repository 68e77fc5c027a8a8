import { LabError } from '../base/errors';
import { quoted } from '../base/shown';
import type { FileTensor } from '../formats/fileTensor';
import type { CheckpointTensors } from './checksum';

/** Names of this many tensors are listed in an error. */
const LISTED = 5;

/**
 * Checks that two models have tensors of the same names, types and shapes.
 * @throws LabError bad-input naming those that differ
 */
export function checkSameTensors(base: CheckpointTensors, tuned: CheckpointTensors): void {
  const onlyIn = (one: CheckpointTensors, other: CheckpointTensors) =>
    [...one.keys()].filter((name) => !other.has(name));
  const missing = onlyIn(base, tuned);
  const added = onlyIn(tuned, base);
  const other = [...base.keys()].filter((name) => tuned.has(name) && kind(base, name) !== kind(tuned, name));
  const problems = [
    missing.length > 0 && `the fine-tuned model lacks ${list(missing)}`,
    added.length > 0 && `the base lacks ${list(added)}`,
    other.length > 0 &&
      `${list(other.map((name) => `${name} (${kind(base, name)} in the base, ${kind(tuned, name)} in the fine-tuned model)`))} differ in type or shape`,
  ].filter((problem) => problem !== false);
  if (problems.length === 0) return;
  throw new LabError(
    'bad-input',
    `The tensors of the two models do not match: ${problems.join('; ')}.`,
    'Use the base that the model was fine-tuned from, saved by the same program with the same type of numbers; rename tensors if only their names differ.',
  );
}

function kind(tensors: CheckpointTensors, name: string): string {
  const { dtype, shape }: FileTensor = tensors.get(name)!;
  return `${dtype} [${shape.join(', ')}]`;
}

function list(names: readonly string[]): string {
  const more = names.length > LISTED ? ` and ${names.length - LISTED} more` : '';
  return (
    names
      .slice(0, LISTED)
      .map((name) => quoted(name).slice(1, -1))
      .join(', ') + more
  );
}
