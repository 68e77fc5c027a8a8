import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { formatCodec, parseCodecs } from '../../codecs/contract/spec';
import { buildPlan, EMBEDDED_NAMES } from './build';
import type { Plan } from './plan';
import { parseShard, shardPlans } from './shards';

const plan = (model: string, codecs: string, files?: readonly string[]): Plan => ({
  ...buildPlan({ model }, EMBEDDED_NAMES),
  codecs: parseCodecs(codecs),
  ...(files && { files }),
});

test('codecs are cut into runs of equal length, over models', () => {
  const plans = [
    plan('stories260K', 'float16;rtn;nf4'),
    plan('gpt2-tinystories', 'float16;rtn;nf4', ['a.gguf']),
  ];
  const parts = [1, 2, 3].map((index) =>
    shardPlans(plans, { index, count: 3 }).map(({ model, codecs, files }) => [
      model,
      codecs.map(({ id }) => id).join(),
      files,
    ]),
  );
  // 7 jobs: 0 to 2, 2 to 5, 5 to 7.
  expect(parts).toEqual([
    [['stories260K', 'float16,rtn', undefined]],
    [
      ['stories260K', 'nf4', undefined],
      ['gpt2-tinystories', 'float16,rtn', undefined],
    ],
    [['gpt2-tinystories', 'nf4', ['a.gguf']]],
  ]);
});

test('every codec is in exactly one part, whatever their number', () => {
  const specs = ['float16', 'rtn', 'nf4', 'ternary', 'gptq'];
  fc.assert(
    fc.property(
      fc.array(fc.subarray(specs, { minLength: 1 }), { minLength: 1, maxLength: 4 }),
      fc.integer({ min: 1, max: 12 }),
      (lists, count) => {
        const plans = lists.map((list, i) => ({ ...plan('stories260K', list.join(';')), seed: i }));
        const jobs = (of: readonly Plan[]) =>
          of.flatMap(({ seed, codecs }) => codecs.map((spec) => `${seed} ${formatCodec(spec)}`));
        const parts = Array.from({ length: count }, (_, i) => shardPlans(plans, { index: i + 1, count }));
        expect(parts.flatMap(jobs)).toEqual(jobs(plans));
        const sizes = parts.map((part) => jobs(part).length);
        expect(Math.max(...sizes) - Math.min(...sizes)).toBeLessThanOrEqual(1);
      },
    ),
  );
});

describe('the spelling of a part', () => {
  test('is PART/PARTS', () => {
    expect(parseShard('2/5')).toEqual({ index: 2, count: 5 });
  });
  test.each(['0/5', '6/5', '2', '2/0', '-1/3', '1/99999', '1.5/3', '2/5 '])('refuses %s', (text) => {
    expect(() => parseShard(text)).toThrow(/--shard cannot be/);
  });
});
