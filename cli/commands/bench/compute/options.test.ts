import { expect, test } from 'vitest';
import { LabError } from '../../../../src/base/errors';
import { parseCompute } from './options';

test('without arguments it runs the default plan of every embedded model three times', () => {
  const { plans, rounds } = parseCompute([]);
  expect(plans.map(({ model }) => model)).toEqual(['stories260K', 'gpt2-tinystories', 'vit-cifar10']);
  expect(plans[0].codecs.length).toBeGreaterThan(1);
  expect(rounds).toBe(3);
});

test('reads every option', () => {
  const line =
    '--model stories260K --codec nf4 --windows 4 --context 64 --rounds 5 --adapter software --llama f --out r.json';
  const request = parseCompute(line.split(' '));
  expect(request).toMatchObject({ rounds: 5, adapter: 'software' });
  expect(request.out).toMatch(/r\.json$/);
  expect(request.llama).toMatch(/f$/);
  expect(request.plans).toMatchObject([
    { model: 'stories260K', codecs: [{ id: 'nf4' }], protocol: { context: 64, windows: 4 } },
  ]);
});

test.each(['--rounds 0', '--rounds 1.5', '--rounds many', '--model no-such', '--compute cpu', 'forward'])(
  'refuses "%s"',
  (line) => {
    expect(() => parseCompute(line.split(' '))).toThrow(LabError);
  },
);
