import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { fixture } from '../testing/fixtures';
import { float8Values, toFloat8 } from './float8';

/** What ONNX Runtime's Cast makes of all codes, and of midpoints, their neighbours and numbers beyond the largest. */
const EXPECTED = JSON.parse(readFileSync(fixture('float8.json'), 'utf8')) as Record<
  string,
  { values: (number | string)[]; rounded: [number, number][] }
>;

describe.each(['e4m3', 'e5m2'] as const)('%s', (format) => {
  const { values, rounded } = EXPECTED[format];

  test('the values of all 256 codes', () => {
    expect([...float8Values(format)]).toEqual(values.map(Number));
  });

  test('every finite code is the code of its value', () => {
    float8Values(format).forEach((value, code) => {
      if (Number.isFinite(value)) expect(toFloat8(value, format)).toBe(code);
    });
  });

  test('midpoints go to the even code, numbers beyond the largest to the largest', () => {
    const table = float8Values(format);
    for (const [x, expected] of rounded)
      for (const sign of [1, -1])
        expect([x, table[toFloat8(sign * x, format)]]).toEqual([x, sign * expected]);
  });

  test('infinities saturate, and NaN stays NaN', () => {
    const table = float8Values(format);
    expect([Infinity, -Infinity].map((x) => table[toFloat8(x, format)])).toEqual(
      format === 'e4m3' ? [448, -448] : [57344, -57344],
    );
    expect(table[toFloat8(NaN, format)]).toBeNaN();
  });
});
