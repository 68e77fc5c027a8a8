import { expect, test } from 'vitest';
import { LabError } from '../../../../src/base/errors';
import { parseGptq } from './options';

test('without arguments it times the embedded language models on 32 windows of 256 tokens', () => {
  const request = parseGptq([]);
  expect(request).toMatchObject({
    windows: 32,
    context: 256,
    spec: { id: 'gptq', options: { group: '32' } },
  });
  expect(request.models).toEqual(['stories260K', 'gpt2-tinystories']);
});

test('reads every option', () => {
  const line =
    '--model stories260K --codec awq(group=32) --calibration-windows 4 --context 64 --adapter software';
  expect(parseGptq(line.split(' '))).toMatchObject({
    models: ['stories260K'],
    spec: { id: 'awq' },
    windows: 4,
    context: 64,
    adapter: 'software',
  });
});

test.each([
  '--model vit-cifar10',
  '--codec gptq;awq',
  '--codec nothing',
  '--calibration-windows 0',
  'forward',
])('refuses "%s"', (line) => {
  expect(() => parseGptq(line.split(' '))).toThrow(LabError);
});
