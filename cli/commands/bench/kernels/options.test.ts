import { expect, test } from 'vitest';
import { LabError } from '../../../../src/base/errors';
import { parseKernels } from './options';

test('without arguments all benchmarks run on the embedded models against the peer', () => {
  const request = parseKernels([]);
  expect(request).toMatchObject({ kinds: ['matmul', 'attention', 'forward'], peer: true });
  expect(request.models).toContain('stories260K');
});

test('reads every option', () => {
  const line =
    'forward --model stories260K --model vit-cifar10 --adapter software --peer off --seconds 2.5 --out /x.json';
  expect(parseKernels(line.split(' '))).toEqual({
    kinds: ['forward'],
    models: ['stories260K', 'vit-cifar10'],
    adapter: 'software',
    peer: false,
    secondsPerCase: 2.5,
    out: '/x.json',
  });
});

test.each([
  'matmuls',
  'matmul forward',
  '--peer maybe',
  '--seconds 0',
  '--seconds x',
  '--models a',
  '--out',
  '--model nowhere',
])('refuses "%s"', (line) => {
  expect(() => parseKernels(line.split(' '))).toThrow(LabError);
});
