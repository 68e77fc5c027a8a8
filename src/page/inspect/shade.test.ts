import { expect, test } from 'vitest';
import type { FileTensorSummary } from '../../lab/inspect/inspect';
import { depths, heatMap, shadeText, shadeValue } from './shade';

const tensor = (name: string, block?: number, codec: string | undefined = 'nf4'): FileTensorSummary => ({
  ...{ name, rows: 2, columns: 3, bytes: 4, bitsPerWeight: 5.25, relativeL2: 0.5 },
  ...(block !== undefined && { block }),
  ...(codec && { codec }),
});

test('the heat map has a row for each block and a column for each tensor of blocks', () => {
  const q = [tensor('model.layers.1.attn.q.weight', 1), tensor('model.layers.0.attn.q.weight', 0)];
  const up = tensor('model.layers.1.mlp.up.weight', 1);
  const found = heatMap([tensor('embed.weight'), ...q, up]);
  expect(found.columns).toEqual(['attn.q', 'mlp.up']);
  expect(found.rows).toEqual([
    { label: 'Block 0', cells: [q[1], undefined] },
    { label: 'Block 1', cells: [q[0], up] },
  ]);
});

test('the largest value has the deepest colour, and no value none', () => {
  expect(depths([0.2, undefined, 0.4])).toEqual([0.5, 0, 1]);
  expect(depths([undefined, 0])).toEqual([0, 0]);
});

test('sensitivities are those that were measured', () => {
  const found = {
    tensors: [{ name: 'a', divergence: 0.01234 }],
    superWeight: { tensor: 'a', row: 0, column: 0, value: 1, divergence: 2 },
    candidates: 1,
    samples: 4,
  };
  expect(shadeText(shadeValue(tensor('a'), 'sensitivity', found), 'sensitivity')).toBe('0.0123 nats');
  expect(shadeText(shadeValue(tensor('b'), 'sensitivity', found), 'sensitivity')).toBe('–');
  expect(shadeValue(tensor('a'), 'bits', undefined)).toBe(5.25);
});
