import { expect, test } from 'vitest';
import type { Plan } from '../../lab/plan/plan';
import { askedOf, inspectRequest } from './asked';

const plan = {
  ...{ model: 'm', scope: 'linear', rest: 'float16', seed: 7 },
  calibration: { data: 'c', windows: 8, draws: 3 },
  protocol: { kind: 'windows', context: 128, stride: 128 },
} as Plan;

test('what is asked has defaults, and a weight needs row and column', () => {
  expect(askedOf({})).toEqual({ codec: 'rtn(bits=4,group=32)', shade: 'error', isLogarithmic: false });
  expect(askedOf({ row: '1' })).not.toHaveProperty('row');
  expect(askedOf({ counts: 'log', colour: 'bits' })).toMatchObject({ shade: 'bits', isLogarithmic: true });
});

test('the request has the model of the plan, one draw of calibration data, and the place of the weight', () => {
  expect(inspectRequest(plan, askedOf({ codec: 'nf4', tensor: 'a.weight', row: '3', column: '40' }))).toEqual(
    {
      ...{ model: 'm', codec: 'nf4', scope: 'linear', rest: 'float16', context: 128, seed: 7 },
      calibration: { data: 'c', windows: 8, draws: 1 },
      tensor: 'a.weight',
      weight: [3, 40],
    },
  );
});

test('unknown parameters and values are refused by name', () => {
  expect(() => askedOf({ layer: '1' })).toThrow('Inspect has no parameter "layer".');
  expect(() => askedOf({ colour: 'red' })).toThrow('colour has no value "red".');
  expect(() => inspectRequest(plan, askedOf({ row: '-1', column: '0' }))).toThrow(
    'The row "-1" is not a whole number.',
  );
});
