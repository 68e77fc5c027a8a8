import { significant } from '../../base/format';
import { INFERENCE_TOLERANCE } from '../crossCheck/inference';
import type { SelfCheck } from '../results/record';

/**
 * Says that an adapter computes wrongly, and by how much.
 * @param runtime browser or Node, with its version
 */
export function wrongAdapterText({ adapter, value }: SelfCheck, runtime: string): string {
  const found =
    value === null
      ? 'something that is not a number'
      : `log-probabilities that are off by up to ${significant(value)} nats (allowed ${INFERENCE_TOLERANCE})`;
  return `This adapter computes wrongly: for a known text, ${adapter} in ${runtime} computes ${found}.`;
}

export const WRONG_ADAPTER_REMEDY =
  'Update the browser or the graphics driver, choose another adapter, or measure on the CPU.';
