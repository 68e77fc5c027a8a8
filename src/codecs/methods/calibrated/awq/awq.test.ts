import { expect, test } from 'vitest';
import { halfBitsToFloat, roundToHalf } from '../../../../base/float16';
import type { ReferenceInputs } from '../../../../calibrate/inputs';
import { readCode } from '../../../kit/bits';
import type { OptionValue } from '../../../contract/meta';
import { partBytes } from '../../../contract/parts';
import { bits16Of } from '../../../kit/storedFloats';
import { completeOptions } from '../../../contract/spec';
import { partOf } from '../../../../testing/parts';
import codec from './codec';
import { awqLayout } from './layout';
import meta from './meta';
import { searchExponent } from './reference';
import { checkCalibration, columnScale } from './scale';

const { reference } = codec;
const options = (given: Record<string, OptionValue>) => completeOptions(meta, given);

/** Two uncorrelated inputs, one four times the other. */
const INPUTS: ReferenceInputs = { samples: 8, gram: [16, 0, 0, 1], meanAbs: [4, 1], maxAbs: [4, 1] };
const WEIGHTS = Float32Array.of(0.3, 1);
const SHAPE = [1, 2] as const;

function encoded(given: Record<string, OptionValue>) {
  const all = options({ bits: 2, scheme: 'symmetric', grid: 2, ...given });
  const parts = reference.encode(WEIGHTS, SHAPE, all, INPUTS);
  const halves = (suffix: string) => [...bits16Of(parts.get(suffix)!)].map(halfBitsToFloat);
  const codes = [0, 1].map((i) => readCode(partOf(parts, 'codes'), 0, i, 2));
  return {
    codes,
    scales: halves('scales'),
    s: halves('inputScale'),
    decoded: reference.decode(parts, SHAPE, all),
  };
}

test('the scale by hand: powers of the mean activation, normalised to √(max·min) = 1', () => {
  expect([...columnScale([4, 1], 1, true)]).toEqual([2, 0.5]);
  expect([...columnScale([4, 1], 0, true)]).toEqual([1, 1]);
  expect([...columnScale([16, 1], 0.5, false)]).toEqual([2, 0.5]);
  // A dead column counts as 1e−4: √(1e−4 · 1) = 0.01.
  const [alive, dead] = columnScale([1, 0], 1, false);
  expect(alive).toBeCloseTo(100, 4);
  expect(dead).toBeCloseTo(0.01, 7);
});

test('the exponent by hand: −1, 0, 1 times a scale for [0.3, 1]', () => {
  // α = 0: scale 1, codes 0 1, error (0.3)²·16 = 1.44. α = 1: s = [2, ½], W·s = [0.6, 0.5], scale 0.6, codes 1 1, restored
  // [0.3, 1.2], error (0.2)²·1 = 0.04.
  const all = options({ bits: 2, scheme: 'symmetric', grid: 2 });
  const { alpha, errors } = searchExponent(
    [{ values: WEIGHTS, layout: awqLayout(SHAPE, all) }],
    INPUTS,
    true,
  );
  expect(alpha).toBe(1);
  expect(errors[0]).toBeCloseTo(1.44, 3);
  expect(errors[1]).toBeCloseTo(0.04, 3);
  const { codes, scales, s, decoded } = encoded({ clip: false });
  expect(s).toEqual([2, 0.5]);
  expect(scales).toEqual([roundToHalf(0.6)]);
  expect(codes).toEqual([3, 3]);
  expect(decoded[0]).toBeCloseTo(0.3, 3);
  expect(decoded[1]).toBeCloseTo(1.2, 3);
});

test('the clip by hand: 0.9 of the range has the minimal output error', () => {
  // Scale t restores [t/2, 2t]: (0.3 − t/2)²·16 + (1 − 2t)². At t = 0.57, 0.54, 0.51 (95, 90, 85 % of 0.6) that is .0232, .0208,
  // .0328.
  expect(encoded({}).scales).toEqual([roundToHalf(0.54)]);
});

test('without inputs nothing is scaled', () => {
  const parts = reference.encode(WEIGHTS, SHAPE, options({}));
  expect(parts.has('inputScale')).toBe(false);
});

test.each([
  ['all zero', [0, 0]],
  ['not all finite', [1, NaN]],
])('activations that are %s are refused by name', (what, meanAbs) => {
  const check = () => checkCalibration('h.0.attn.c_attn.weight', meanAbs);
  expect(check).toThrow(/h\.0\.attn\.c_attn\.weight/);
  expect(check).toThrow(what);
});

test('the layout counts every byte: 4 bits, group 128, asymmetric is 4.156 bits per weight and 16 per column', () => {
  const bytes = codec.layout([128, 256], options({})).map(partBytes);
  expect(bytes).toEqual([128 * 128, 512, 128, 512]);
  // b + (16 + b) ÷ g.
  expect((8 * (bytes[0] + bytes[1] + bytes[2])) / (128 * 256)).toBeCloseTo(4.156, 3);
});
