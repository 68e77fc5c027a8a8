import { expect, test } from 'vitest';
import { LabError } from '../../../../src/base/errors';
import { parseImatrix } from './options';

test('reads every option', () => {
  const line =
    '--model stories260K --out /x/m.gguf --calibration-windows 7 --context 64 --seed 5 --adapter software';
  expect(parseImatrix(line.split(' '))).toMatchObject({
    model: 'stories260K',
    out: '/x/m.gguf',
    form: 'gguf',
    calibration: { data: 'tinystories-calibration', windows: 7, draws: 1 },
    context: 64,
    seed: 5,
    adapter: 'software',
  });
});

test('the form follows the name of the file unless it is given', () => {
  const form = (line: string) => parseImatrix(['--model', 'stories260K', ...line.split(' ')]).form;
  expect([form('--out a.dat'), form('--out a.gguf'), form('--out a.gguf --form dat')]).toEqual([
    'dat',
    'gguf',
    'dat',
  ]);
});

test.each([
  '--out a.dat',
  '--model stories260K',
  '--model vit-cifar10 --out a.dat',
  '--model stories260K --out a.dat --calibration none',
  '--model stories260K --out a.dat --form json',
])('refuses "%s"', (line) => {
  expect(() => parseImatrix(line.split(' '))).toThrow(LabError);
});
