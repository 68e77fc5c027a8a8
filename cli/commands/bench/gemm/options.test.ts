import { expect, test } from 'vitest';
import { LabError } from '../../../../src/base/errors';
import { parseGemm } from './options';

test('without arguments the sizes depend on the adapter', () => {
  expect(parseGemm([])).toEqual({ peer: true, adapter: undefined, seconds: 8 });
});

test('reads every option', () => {
  const line = '--rows 1,16 --sizes 256,4096 --adapter software --peer off --seconds 2.5 --out /x.json';
  expect(parseGemm(line.split(' '))).toEqual({
    rows: [1, 16],
    sizes: [256, 4096],
    adapter: 'software',
    peer: false,
    seconds: 2.5,
    out: '/x.json',
  });
});

test.each([
  'extra',
  '--rows 0',
  '--rows 1,,2',
  '--rows 1e3',
  '--sizes 16385',
  '--sizes x',
  '--seconds 0',
  '--peer maybe',
  '--model a',
])('refuses "%s"', (line) => {
  expect(() => parseGemm(line.split(' '))).toThrow(LabError);
});
