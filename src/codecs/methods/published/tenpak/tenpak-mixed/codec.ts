import { LabError } from '../../../../../base/errors';
import type { CodecOptions, CodecSpec } from '../../../../contract/meta';
import type { Assigner, AssignTensor } from '../../../../contract/assigner';
import { codecSpec } from '../../../../contract/spec';
import { kindOf, type Kind } from './kinds';
import meta from './meta';

/** Group sizes by role. Tensors the published tables do not name (positions, patches, classifiers) are `other`. */
const GROUPS: Readonly<Record<string, Readonly<Record<Kind, number>>>> = {
  int4_mixed_v1: { 'query-key': 64, 'value-output': 128, 'gate-up': 128, down: 256, table: 128, other: 128 },
  int4_hybrid_v1: { 'query-key': 64, 'value-output': 128, 'gate-up': 128, down: 256, table: 128, other: 128 },
  int4_hybrid_v2: { 'query-key': 16, 'value-output': 32, 'gate-up': 64, down: 128, table: 64, other: 64 },
  int4_ultimate_v1: { 'query-key': 8, 'value-output': 16, 'gate-up': 32, down: 64, table: 8, other: 32 },
};

/** @throws LabError bad-plan for an unknown method */
export function mixedSpec(tensor: AssignTensor, { method, mode }: CodecOptions): CodecSpec {
  const groups = GROUPS[String(method)];
  if (!groups)
    throw new LabError('bad-plan', `There is no method ${method}.`, `Use ${Object.keys(GROUPS).join(', ')}.`);
  const group = String(groups[kindOf(tensor)]);
  return codecSpec('tenpak-int4', { method, mode, group });
}

const assigner: Assigner = {
  meta,
  assign: ({ tensors }, options) =>
    Promise.resolve(new Map(tensors.map((tensor) => [tensor.name, mixedSpec(tensor, options)]))),
};

export default assigner;
