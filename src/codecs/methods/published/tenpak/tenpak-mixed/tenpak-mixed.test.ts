import { expect, test } from 'vitest';
import type { MatrixShape } from '../../../../contract/codec';
import { partBytes } from '../../../../contract/parts';
import type { AssignTensor } from '../../../../contract/assigner';
import { completeOptions } from '../../../../contract/spec';
import int4 from '../tenpak-int4/codec';
import { partOf } from '../../../../../testing/parts';
import { mixedSpec } from './codec';
import { kindOf } from './kinds';
import meta from './meta';

const tensor = (name: string, role: AssignTensor['role'], matrix: MatrixShape = [8, 8]): AssignTensor => ({
  name,
  matrix,
  role,
});

test.each([
  ['model.layers.0.self_attn.q_proj.weight', 'attention', 'query-key'],
  ['model.layers.0.self_attn.k_proj.weight', 'attention', 'query-key'],
  ['model.layers.0.self_attn.v_proj.weight', 'attention', 'value-output'],
  ['model.layers.0.self_attn.o_proj.weight', 'attention', 'value-output'],
  ['model.layers.0.mlp.up_proj.weight', 'mlp', 'gate-up'],
  ['model.layers.0.mlp.down_proj.weight', 'mlp', 'down'],
  ['transformer.h.0.attn.c_attn.weight', 'attention', 'query-key'],
  ['transformer.h.0.attn.c_proj.weight', 'attention', 'value-output'],
  ['transformer.h.0.mlp.c_fc.weight', 'mlp', 'gate-up'],
  ['transformer.h.0.mlp.c_proj.weight', 'mlp', 'down'],
  ['vit.encoder.layer.0.attention.attention.key.weight', 'attention', 'query-key'],
  ['vit.encoder.layer.0.attention.output.dense.weight', 'attention', 'value-output'],
  ['vit.encoder.layer.0.output.dense.weight', 'mlp', 'down'],
  ['transformer.wte.weight', 'embedding', 'table'],
  ['transformer.wpe.weight', 'position', 'other'],
] as const)('%s is %s: %s', (name, role, kind) => {
  expect(kindOf(tensor(name, role))).toBe(kind);
});

/** The published ratios come from a script that compressed MLP matrices alone: TinyLlama's gate, up and down. */
const MLP = [
  tensor('model.layers.0.mlp.gate_proj.weight', 'mlp', [5632, 2048]),
  tensor('model.layers.0.mlp.up_proj.weight', 'mlp', [5632, 2048]),
  tensor('model.layers.0.mlp.down_proj.weight', 'mlp', [2048, 5632]),
];

test.each([
  ['int4_mixed_v1', 7.6],
  ['int4_hybrid_v1', 7.6],
  ['int4_hybrid_v2', 7.25],
])('%s: %f times smaller than float32 over the MLP', (method, ratio) => {
  const options = completeOptions(meta, { method });
  const bytes = MLP.flatMap((t) => int4.layout(t.matrix, mixedSpec(t, options).options)).reduce(
    (sum, part) => sum + partBytes(part),
    0,
  );
  expect(Math.abs((4 * 3 * 5632 * 2048) / bytes - ratio)).toBeLessThan(0.0051);
});

test('the group stands in a two-byte header', () => {
  const { options } = mixedSpec(tensor('h.0.mlp.c_proj.weight', 'mlp'), completeOptions(meta, {}));
  const shape: MatrixShape = [16, 64];
  const parts = int4.reference.encode(new Float32Array(1024).fill(0.5), shape, options);
  expect([...partOf(parts, 'header')]).toEqual([0, 1]);
});
