import { describe, expect, test } from 'vitest';
import { shareOutside, stepInputs, type StepInputs } from '../../../../calibrate/steps';
import { smoothBoundaries } from '../../../../diffusion/thermodynamic/smoothing';
import { roundedInput, type TimeRounding } from '../../../../models/inputRounding';
import type { OptionValue } from '../../../contract/meta';
import { parseCodec, completeOptions } from '../../../contract/spec';
import { resolveCodec } from '../../../contract/registry';
import rtn from '../../integer/rtn/codec';
import { cheapestStarts } from './boundaries';
import { chooseTimes } from './choose';
import wrapper from './codec';
import type { TimeGroupOptions } from './options';
import { outputSquaredError, rangeWithin, unionOf } from './ranges';
import { readTimes, writeTimes } from './table';

const COLUMNS = 4;
const ROWS = 64;

/** A step whose values fill [min, max] evenly. */
function evenStep(timestep: number, min: number, max: number): StepInputs {
  const count = ROWS * COLUMNS;
  const values = Float32Array.from({ length: count }, (_, i) => min + ((max - min) * i) / (count - 1));
  return stepInputs(timestep, values, COLUMNS);
}

const layer = { name: 'w', shape: [2, COLUMNS] as const, values: Float32Array.of(1, 0.5, -2, 1, 0, 1, 1, 3) };
const optionsOf = (given: Record<string, OptionValue>) =>
  completeOptions(wrapper.meta, given) as unknown as TimeGroupOptions;
const chosen = (steps: readonly StepInputs[], given: Record<string, OptionValue>) =>
  chooseTimes(layer, optionsOf(given), steps);
const four = [evenStep(0, -1, 1), evenStep(250, -1, 1), evenStep(500, 0, 2), evenStep(750, 1, 3)];

describe('groups', () => {
  test('have the range of their steps, widened to hold 0, and begin at a calibrated time step', () => {
    const { maxCode, times } = chosen(four, { groups: 2 });
    expect(maxCode).toBe(255);
    expect(times).toEqual([
      // The float32 nearest to 2 ÷ 255 is above it, so that 1 ÷ scale rounds to 127, as in PyTorch.
      { start: 0, scale: Math.fround(2 / 255), zeroPoint: 127 },
      { start: 500, scale: Math.fround(3 / 255), zeroPoint: 0 },
    ]);
    expect(chosen(four.slice(1), { groups: 1, activations: 4 }).times).toEqual([
      // From −1 to 3: 4 ÷ 15 a step, and 0 is code 3.75, stored as 4.
      { start: 0, scale: Math.fround(4 / 15), zeroPoint: 4 },
    ]);
  });

  test('of the least error separate what equal parts do not', () => {
    const steps = [1, 1, 1, 10].map((max, i) => evenStep(100 * i, 0, max));
    expect(cheapestStarts(steps, 2, 15)).toEqual([0, 3]);
    expect(cheapestStarts(steps, 4, 15)).toEqual([0, 1, 2, 3]);
    expect(chosen(steps, { groups: 2, grouping: 'dp' }).times.map(({ start }) => start)).toEqual([0, 300]);
    expect(chosen(steps, { groups: 2 }).times.map(({ start }) => start)).toEqual([0, 200]);
  });

  test('of the least error are those that trying all boundaries finds', () => {
    const steps = [1, 4, 4, 2, 7, 1].map((max, i) => evenStep(i, -max / 3, max));
    const error = (starts: number[]) => {
      const [a, b] = [...starts, steps.length].slice(1);
      const parts = [steps.slice(0, a), steps.slice(a, b), steps.slice(b)];
      return parts.reduce((sum, part) => sum + part.length * (unionOf(part).max - unionOf(part).min) ** 2, 0);
    };
    const all = [1, 2, 3, 4].flatMap((a) => [2, 3, 4, 5].filter((b) => b > a).map((b) => [0, a, b]));
    const best = all.reduce((x, y) => (error(y) < error(x) ? y : x));
    expect(cheapestStarts(steps, 3, 255)).toEqual(best);
  });

  test('more than the steps are refused, and so is an input without variation', () => {
    expect(() => chosen(four, { groups: 5 })).toThrow(/5 groups are more than the 4 time steps/);
    const zero = [evenStep(0, 0, 0), evenStep(500, 0, 1)];
    expect(() => chosen(zero, { groups: 2 })).toThrow(/w reads is 0 everywhere .* time step 0/);
    expect(chosen(zero, { groups: 1 }).times).toHaveLength(1);
    // A constant has a range from 0 on.
    expect(chosen([evenStep(0, 3, 3)], { groups: 1 }).times[0].scale).toBe(Math.fround(3 / 255));
  });

  test.each([
    ['window=0', /window/],
    ['window=21', /window/],
    ['groups=0', /groups/],
    ['activations=5', /activations/],
    ['clipped=2', /clipped/],
  ])('%s is refused by name', (option, message) => {
    expect(() => parseCodec(`timegroups(rtn(bits=4),${option})`)).toThrow(message);
  });
});

describe('ranges', () => {
  test('percentile leaves out a thousandth, half of it at each end', () => {
    const values = new Float32Array(4000).fill(1);
    values.set([-50, -40, 60, 70], 0);
    const steps = [stepInputs(0, values, COLUMNS)];
    const { min, max } = rangeWithin(steps, 0.001);
    // Two values lie below 1 and two above; the ends of 2048 parts of 120 are 0.06 apart.
    expect(Math.abs(min - 1)).toBeLessThan(0.06);
    expect(Math.abs(max - 1)).toBeLessThan(0.06);
    expect(rangeWithin(steps, 0).max).toBeGreaterThan(69.9);
    const [{ scale }] = chosen(steps, { groups: 1, range: 'percentile' }).times;
    expect(scale).toBeLessThan(1.1 / 255);
  });

  test('the grid search has no larger output error than the whole range', () => {
    const values = Float32Array.from({ length: ROWS * COLUMNS }, (_, i) => Math.sin(i));
    values[0] = 8;
    const steps = [stepInputs(0, values, COLUMNS)];
    const rows = Array.from({ length: 16 }, (_, i) => steps[0].rows.subarray(4 * i, 4 * i + 4));
    const { times } = chosen(steps, { groups: 1, range: 'grid', activations: 4 });
    const [{ scale, zeroPoint }] = times;
    const found = { min: -zeroPoint * scale, max: (15 - zeroPoint) * scale };
    const whole = outputSquaredError(rows, layer, unionOf(steps), 15);
    expect(outputSquaredError(rows, layer, found, 15)).toBeLessThan(0.5 * whole);
  });

  test('the output error is that of the rounded input', () => {
    // Codes 0 … 15 of 0.2 around 0 = code 5: 0.25 becomes 0.2 and −0.5 becomes −0.4, half to even.
    const range = { min: -1, max: 2 };
    const rows = [Float32Array.of(0.25, 0, 0, -0.5)];
    const errors = [-0.05, 0, 0, 0.1];
    const out = [1 * errors[0] + 1 * errors[3], 3 * errors[3]];
    expect(outputSquaredError(rows, layer, range, 15)).toBeCloseTo(out[0] ** 2 + out[1] ** 2, 6);
  });
});

describe('smoothing', () => {
  const steps = [1, 1, 1, 1, 4, 4, 4, 4].map((max, i) => evenStep(i, 0, max));

  test('over groups is the published one', () => {
    const plain = chosen(steps, { groups: 4 });
    const smooth = chosen(steps, { groups: 4, smoothing: 'linear', over: 'groups', window: 1 });
    const expected = smoothBoundaries(plain.times, 'linear', 1);
    smooth.times.forEach(({ scale }, i) => expect(scale).toBeCloseTo(expected[i].scale, 7));
    // Groups of a range up to 4 can now represent less.
    expect(255 * smooth.times[2].scale).toBeLessThan(3.9);
  });

  test('over steps gives each step a range between those of its neighbours and cuts off no more than allowed', () => {
    const { times } = chosen(steps, { groups: 2, smoothing: 'linear', window: 2, clipped: 0 });
    expect(times.map(({ start }) => start)).toEqual([0, 1, 2, 3, 4, 5, 6, 7]);
    // Weights ⅛, ⅜ before the boundary; after it the range is widened again, because nothing may be cut off.
    const tops = times.map(({ scale }) => 255 * scale);
    [1, 1, 1.375, 2.125, 4, 4, 4, 4].forEach((top, i) => expect(tops[i]).toBeCloseTo(top, 2));
    const allowed = chosen(steps, { groups: 2, smoothing: 'linear', window: 2, clipped: 0.1 });
    allowed.times.forEach(({ scale }, i) =>
      expect(shareOutside(steps[i], { min: 0, max: 255 * scale })).toBeLessThanOrEqual(0.051),
    );
    expect(255 * allowed.times[4].scale).toBeLessThan(3.9);
  });

  test('keeps a step alone if every group is one step', () => {
    const all = chosen(steps, { groups: 8, smoothing: 'cubic' });
    expect(all.times).toHaveLength(8);
    expect(all.times.every(({ scale }) => scale > 0)).toBe(true);
  });
});

test('the published optimisation moves the scales', () => {
  const plain = chosen(four, { groups: 4 });
  const moved = chosen(four, { groups: 4, optimise: 'linear' });
  expect(moved.times.map(({ start }) => start)).toEqual(plain.times.map(({ start }) => start));
  expect(moved.times).not.toEqual(plain.times);
});

test('rounding is that of PyTorch', () => {
  // torch.fake_quantize_per_tensor_affine(x, 0.1, 3, 0, 15): halves to even, and cut off at −0.3 and 1.2.
  const cases = [
    [0.25, 0.2],
    [0.35, 0.4],
    [-0.05, 0],
    [-9, -0.3],
    [9, 1.2],
  ];
  for (const [x, expected] of cases)
    expect(roundedInput(x, { scale: Math.fround(0.1), zeroPoint: 3 }, 15)).toBeCloseTo(expected, 6);
});

test('a table is stored in eight bytes a group, and a damaged one is refused', () => {
  const options = optionsOf({ activations: 4 });
  const table: TimeRounding = {
    maxCode: 15,
    times: [
      { start: 0, scale: 0.5, zeroPoint: 7 },
      { start: 999, scale: 0.25, zeroPoint: 0 },
    ],
  };
  const bytes = writeTimes(table);
  expect(bytes.length).toBe(16);
  expect(readTimes('w', bytes, options)).toEqual(table);
  expect(readTimes('w', new Uint8Array(), options).times).toEqual([]);
  const changed = (at: number, byte: number) => {
    const copy = bytes.slice();
    copy[at] = byte;
    return () => readTimes('w', copy, options);
  };
  expect(changed(0, 16)).toThrow(/time group 0/); // A zero point beyond the codes.
  expect(changed(1, 1)).toThrow(/time group 0/); // The first group begins late.
  expect(changed(15, 0xff)).toThrow(/time group 1/); // A negative scale.
  expect(() => readTimes('w', bytes.subarray(0, 12), options)).toThrow(/middle of a group/);
});

test('wraps codecs of weights only, in models with time steps only', async () => {
  const codec = await resolveCodec(parseCodec('timegroups(rtn(bits=4))'));
  const { options } = parseCodec('timegroups(rtn(bits=4))');
  const inputs = { samples: 1, gram: [1], meanAbs: [1], maxAbs: [1] };
  expect(() => codec.reference.encode(layer.values, layer.shape, options, inputs)).toThrow(/no time steps/);
  await expect(resolveCodec(parseCodec('timegroups(smoothquant)'))).rejects.toThrow(/rounds them, too/);
  const parts = codec.reference.encode(layer.values, layer.shape, options);
  const plain = rtn.reference.encode(layer.values, layer.shape, parseCodec('rtn(bits=4)').options);
  expect([...parts.keys()]).toEqual([...plain.keys(), 'times']);
});
