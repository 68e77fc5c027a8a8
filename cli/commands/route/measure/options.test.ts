import { expect, test } from 'vitest';
import { parseRoute } from './options';

const GIVEN = ['--model', 'stories260K', '--small', 'rtn(bits=2,group=32)'];

test('the defaults measure every unit and signal against the model as it is', () => {
  const { pairs, request, routings, maxIncrease } = parseRoute(GIVEN);
  expect(pairs).toMatchObject([
    {
      small: { model: 'stories260K', spec: { id: 'rtn' } },
      large: { model: 'stories260K', spec: { id: 'float32' } },
    },
  ]);
  expect(request).toMatchObject({ data: 'tinystories', context: 128, windows: 128, fitWindows: 64 });
  expect(routings.map(({ by, signal }) => `${by} ${signal}`)).toEqual([
    'prompt max-probability',
    'prompt entropy',
    'prompt margin',
    'token max-probability',
    'token entropy',
    'token margin',
  ]);
  expect(routings[0].prompt).toBe(64);
  expect(maxIncrease).toBe(1);
});

test('several models and small codecs give one cascade each, model by model', () => {
  const { pairs } = parseRoute([
    ...['--model', 'stories260K', '--model', 'gpt2-tinystories', '--by', 'token', '--signal', 'margin'],
    ...['--small', 'rtn(bits=2);rtn(bits=3)', '--large', 'float16', '--prompt', '5'],
  ]);
  expect(pairs.map(({ small, large }) => [small.model, small.spec.options.bits, large.spec.id])).toEqual([
    ['stories260K', 2, 'float16'],
    ['stories260K', 3, 'float16'],
    ['gpt2-tinystories', 2, 'float16'],
    ['gpt2-tinystories', 3, 'float16'],
  ]);
});

test.each([
  { args: ['--model', 'stories260K'], message: /--small is missing/ },
  { args: ['--model', 'vit-cifar10', '--small', 'rtn'], message: /classifies images/ },
  { args: [...GIVEN, '--large', 'rtn(bits=2,group=32)'], message: /Both variants are rtn/ },
  { args: [...GIVEN, '--large', 'rtn;nf4'], message: /--large names 2 codecs/ },
  { args: [...GIVEN, '--signal', 'temperature'], message: /--signal cannot be/ },
  { args: [...GIVEN, '--prompt', '128'], message: /--prompt cannot be "128": windows have 128 tokens/ },
  { args: [...GIVEN, '--max-increase', '2000'], message: /--max-increase cannot be/ },
  { args: [...GIVEN, '--calibration', 'none'], message: /thresholds are fitted on it/ },
  { args: [...GIVEN, '--windows', '1'], message: /--windows cannot be/ },
])('refuses $args', ({ args, message }) => {
  expect(() => parseRoute(args)).toThrow(message);
});
