import { throwIfAborted } from '../../../../../base/errors';
import type { OptionsOf } from '../../../../contract/meta';
import type { AssignRequest, AssignTensor } from '../../../../contract/assigner';
import { PROBE } from '../../../../kit/rateAllocation/probe';
import type meta from './meta';

export type TiersOptions = OptionsOf<typeof meta>;

/** The share of progress that measuring sensitivity takes. */
export const MEASURED_SHARE = 0.5;

/**
 * Finds the sensitivity of every tensor: by the position heuristic, or as the rise of the mean loss in nats per token.
 * @throws LabError without calibration data for `loss`; Cancelled
 */
export async function sensitivities(
  request: AssignRequest,
  kind: TiersOptions['sensitivity'],
): Promise<number[]> {
  const { tensors, blocks } = request;
  if (kind === 'position') return tensors.map((tensor) => positionSensitivity(tensor, blocks));
  const rises: number[] = [];
  for (const { name } of tensors) {
    throwIfAborted(request.signal);
    request.onProgress?.((MEASURED_SHARE * rises.length) / tensors.length, `loss without ${name}`);
    rises.push(await request.lossRise(name, PROBE));
  }
  return rises;
}

/**
 * Computes (1 − 0.8 · layer ÷ layers) · a factor by name, which is 1 for the head, 0.8 for query, key and c_attn, 0.6 for value,
 * output and every c_proj, 0.4 for gate, up and c_fc, 0.3 for down, else 0.5. Tensors outside the blocks count as layer 0.
 */
export function positionSensitivity({ name, role, block }: AssignTensor, blocks: number): number {
  return (1 - (0.8 * (block ?? 0)) / Math.max(1, blocks)) * factorOf(name, role);
}

const FACTORS: readonly [RegExp, number][] = [
  [/(q_proj|k_proj|c_attn|query|key)\./, 0.8],
  [/(v_proj|o_proj|c_proj|value|attention\.output\.dense)\./, 0.6],
  [/(gate_proj|up_proj|c_fc|intermediate\.dense)\./, 0.4],
  [/(down_proj|output\.dense)\./, 0.3],
];

function factorOf(name: string, role: AssignTensor['role']): number {
  if (role === 'head') return 1;
  return FACTORS.find(([pattern]) => pattern.test(name))?.[1] ?? 0.5;
}

/** Scales values to [0, 1] by the smallest and the largest; all become 1 if they are equal. */
export function normalised(values: readonly number[]): number[] {
  const min = Math.min(...values);
  const max = Math.max(...values);
  return values.map((value) => (max > min ? (value - min) / (max - min) : 1));
}
