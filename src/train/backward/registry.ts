import { LabError } from '../../base/errors';
import type { Step } from '../../models/architecture';
import type { StepBackward } from './step';

const FILES = import.meta.glob<StepBackward>('./steps/*.ts', { import: 'default', eager: true });

const byOperation = new Map<string, StepBackward>(Object.values(FILES).map((entry) => [entry.op, entry]));

/**
 * Returns the backward pass of a step's operation. Every file in `steps/` registers one.
 * @throws LabError unsupported, naming the operation and the architecture that uses it
 */
export function backwardOf(step: Step, architecture: string): StepBackward {
  const found = byOperation.get(step.op);
  if (found) return found;
  const known = [...byOperation.keys()].sort().join(', ');
  throw new LabError(
    'unsupported',
    `The architecture ${architecture} uses the operation ${step.op}, which cannot be trained through.`,
    `Train a model that uses only these operations: ${known}.`,
  );
}
