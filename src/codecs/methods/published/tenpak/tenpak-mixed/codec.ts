import type { CodecSpec, OptionsOf } from '../../../../contract/meta';
import { defineAssigner, type AssignTensor } from '../../../../contract/assigner';
import { codecSpec } from '../../../../contract/spec';
import { kindOf, type Kind } from './kinds';
import meta from './meta';

type MixedOptions = OptionsOf<typeof meta>;

/** Group sizes by kind. Tensors that the published tables do not name (positions, patches, classifiers) are `other`. */
const GROUPS: Readonly<Record<MixedOptions['method'], Readonly<Record<Kind, number>>>> = {
  int4_mixed_v1: { 'query-key': 64, 'value-output': 128, 'gate-up': 128, down: 256, table: 128, other: 128 },
  int4_hybrid_v1: { 'query-key': 64, 'value-output': 128, 'gate-up': 128, down: 256, table: 128, other: 128 },
  int4_hybrid_v2: { 'query-key': 16, 'value-output': 32, 'gate-up': 64, down: 128, table: 64, other: 64 },
  int4_ultimate_v1: { 'query-key': 8, 'value-output': 16, 'gate-up': 32, down: 64, table: 8, other: 32 },
};

export function mixedSpec(tensor: AssignTensor, { method, mode }: MixedOptions): CodecSpec {
  return codecSpec('tenpak-int4', { method, mode, group: String(GROUPS[method][kindOf(tensor)]) });
}

export default defineAssigner(meta, {
  assign: ({ tensors }, options) =>
    Promise.resolve(new Map(tensors.map((tensor) => [tensor.name, mixedSpec(tensor, options)]))),
});
