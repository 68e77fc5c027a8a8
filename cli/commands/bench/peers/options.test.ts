import { expect, test } from 'vitest';
import { LabError } from '../../../../src/base/errors';
import { parsePeers } from './options';

test('without arguments every product of every model is compared', () =>
  expect(parsePeers([])).toEqual({
    kinds: ['float32', 'int4', 'low-bit'],
    layers: ['stories15M', 'distilgpt2', 'ViT-B'],
    models: ['stories260K', 'gpt2-tinystories', 'vit-cifar10'],
    rows: [1, 16, 256],
    adapter: undefined,
    seconds: 1,
    out: undefined,
  }));

test('reads every option', () => {
  const line =
    '--kind int4 --kind float32 --layers ViT-B --rows 256 --adapter software --seconds 2 --out /p.json';
  expect(parsePeers(line.split(' '))).toEqual({
    kinds: ['float32', 'int4'],
    layers: ['ViT-B'],
    models: [],
    rows: [256],
    adapter: 'software',
    seconds: 2,
    out: '/p.json',
  });
});

test('whole models are run without products', () =>
  expect(parsePeers('--kind models --model stories260K'.split(' '))).toMatchObject({
    kinds: [],
    models: ['stories260K'],
  }));

test.each([
  'extra',
  '--kind int3',
  '--layers gpt5',
  '--model no-such',
  '--rows 2',
  '--seconds 0',
  '--peer off',
])('refuses "%s"', (line) => {
  expect(() => parsePeers(line.split(' '))).toThrow(LabError);
});
