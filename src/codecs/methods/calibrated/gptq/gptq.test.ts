import { expect, test } from 'vitest';
import { halfBitsToFloat } from '../../../../base/float16';
import type { ReferenceInputs } from '../../../../calibrate/inputs';
import { readCode } from '../../../kit/bits';
import type { MatrixShape } from '../../../contract/codec';
import type { OptionValue } from '../../../contract/meta';
import { bits16Of } from '../../../kit/storedFloats';
import rtnMeta from '../../integer/rtn/meta';
import rtn from '../../integer/rtn/codec';
import { completeOptions, formatCodec, parseCodec } from '../../../contract/spec';
import { gaussianWithOutliers } from '../../../conformance/cases';
import { orderedHessian } from '../../../kit/errorFeedback/hessian';
import { partOf } from '../../../../testing/parts';
import meta from './meta';
import codec from './codec';

const { reference } = codec;

type Given = Record<string, OptionValue>;

const inputsOf = (gram: number[]): ReferenceInputs => ({ samples: 1, gram, meanAbs: [], maxAbs: [] });

/** Encodes rows and returns q (code − 2^(bits−1)) of each weight, and the scales. */
function encode(rows: number[][], given: Given, gram: number[]) {
  const shape = [rows.length, rows[0].length] as const;
  const options = completeOptions(meta, {
    scheme: 'symmetric',
    group: 'row',
    damping: 0,
    'act-order': false,
    ...given,
  });
  const parts = reference.encode(Float32Array.from(rows.flat()), shape, options, inputsOf(gram));
  const { bits } = options;
  const rowBytes = partOf(parts, 'codes').length / rows.length;
  const q = rows.map((row, r) =>
    row.map((_, c) => readCode(partOf(parts, 'codes'), r * rowBytes, c, bits) - 2 ** (bits - 1)),
  );
  return { q, scales: [...bits16Of(partOf(parts, 'scales'))].map(halfBitsToFloat) };
}

/** Computes e·H·eᵀ. */
function weighted(e: number[], h: number[]): number {
  return e.reduce((sum, a, i) => e.reduce((inner, b, j) => inner + a * h[i * e.length + j] * b, sum), 0);
}

test('Algorithm 1 by hand on a 2×3 matrix', () => {
  // H = R·Rᵀ with R = [[1, ½, ¼], [0, 1, ½], [0, 0, 1]], so H⁻¹ = UᵀU with U = R⁻¹ = [[1, −½, 0], [0, 1, −½], [0, 0, 1]]:
  // an error e₁ adds e₁/2 to w₂ and nothing to w₃, an error e₂ adds e₂/2 to w₃.
  const h = [21 / 16, 5 / 8, 1 / 4, 5 / 8, 5 / 4, 1 / 2, 1 / 4, 1 / 2, 1];
  // 3 bits, levels −3 … 3, largest weight 3: the scale of either row is 1.
  // Row 1: 1.4 → 1, e₁ = 0.4; w₂ = 0.4 + 0.2 = 0.6 → 1, e₂ = −0.4; w₃ = 3 − 0.2 = 2.8 → 3.
  // Row 2: −3 → −3, e₁ = 0; 1.375 → 1, e₂ = 0.375; w₃ = 1.375 + 0.1875 = 1.5625 → 2.
  const rows = [
    [1.4, 0.4, 3],
    [-3, 1.375, 1.375],
  ];
  const { q, scales } = encode(rows, { bits: 3 }, h);
  expect(scales).toEqual([1, 1]);
  expect(q).toEqual([
    [1, 1, 3],
    [-3, 1, 2],
  ]);
  // Row 1, by hand: E = (0.4, −0.6, 0), E·R = (0.4, −0.4, −0.2), squares 0.36; to nearest E = (0.4, 0.4, 0): 0.61.
  const error = rows[0].map((w, i) => w - q[0][i]);
  expect(weighted(error, h)).toBeCloseTo(0.36, 6);
  expect(weighted([0.4, 0.4, 0], h)).toBeCloseTo(0.61, 6);
});

test('act-order rounds the column of the largest inputs first', () => {
  const h = [1, 0.5, 0, 0.5, 1.25, 0, 0, 0, 0.5];
  const row = [0.375, 1.375, 3];
  // As stored: 0.375 → 0, e = 0.375. H₂₂⁻¹-block: −U₁₂/U₁₁ = 0.5/1.25 = 0.4; w₂ = 1.375 + 0.15 = 1.525 → 2.
  expect(encode([row], { bits: 3 }, h).q).toEqual([[0, 2, 3]]);
  // Column 2 first: 1.375 → 1, e = 0.375, −U₁₂/U₁₁ = 0.5/1; w₁ = 0.375 + 0.1875 = 0.5625 → 1.
  expect(encode([row], { bits: 3, 'act-order': true }, h).q).toEqual([[1, 1, 3]]);
});

test('a group’s scale is computed when the group begins, or with act-order from the original weights', () => {
  // Columns 16 and 17 are coupled as above: e₁₆ = 0.4 adds 0.2 to w₁₇ = 6.8, which begins the second group.
  const row = [7, ...new Array<number>(14).fill(0), 0.4, 6.8];
  const n = row.length;
  const h = new Array<number>(n * n).fill(0);
  for (let i = 0; i < n; i++) h[i * n + i] = 1;
  h[15 * n + 15] = 1.25;
  h[15 * n + 16] = h[16 * n + 15] = 0.5;
  const given = { bits: 4, group: '16' };
  const natural = encode([row], given, h);
  expect(natural.scales[0]).toBe(1);
  expect(natural.scales[1]).toBeCloseTo(7 / 7, 3);
  expect(natural.q[0].slice(14)).toEqual([0, 0, 7]);
  const ordered = encode([row], { ...given, 'act-order': true }, h);
  expect(ordered.scales[1]).toBeCloseTo(6.8 / 7, 3);
});

test('dead columns are rounded without feedback and come last', () => {
  const gram = [0, 0, 0, 0, 1, 0.5, 0, 0.5, 1.25];
  const { order, h } = orderedHessian(gram, 3, { damping: 0, actOrder: true }, 'w');
  expect([...order]).toEqual([2, 1, 0]);
  expect([...h]).toEqual([1.25, 0.5, 0, 0.5, 1, 0, 0, 0, 1]);
  expect(encode([[0.6, 0.2, 3]], { bits: 3 }, gram).q).toEqual([[1, 0, 3]]);
});

test.each<Given>([
  {},
  { bits: 3, group: '16', scheme: 'symmetric', clip: true },
  { bits: 2, group: 'row', 'act-order': true },
])('uncorrelated inputs give plain rounding: %j', (given) => {
  const shape: MatrixShape = [5, 70];
  const values = gaussianWithOutliers(shape, 4);
  const gram = Array.from({ length: 70 * 70 }, (_, i) => (i % 71 === 0 ? 1 : 0));
  const options = completeOptions(meta, given);
  const { bits, group, scheme, clip } = options;
  const plain = rtn.reference.encode(values, shape, completeOptions(rtnMeta, { bits, group, scheme, clip }));
  expect(reference.encode(values, shape, options, inputsOf(gram))).toEqual(plain);
  expect(reference.encode(values, shape, options)).toEqual(plain);
});

test('specs can contain the option with a hyphen', () => {
  const spec = parseCodec('gptq(bits=3,group=64,act-order=false,damping=0.05)');
  expect(spec.options).toMatchObject({
    bits: 3,
    group: '64',
    'act-order': false,
    damping: 0.05,
    clip: false,
  });
  expect(formatCodec(spec)).toBe('gptq(bits=3,group=64,act-order=false,damping=0.05)');
});
