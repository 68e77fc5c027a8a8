import { describe, expect, test } from 'vitest';
import { codecMetas } from '../../../codecs/contract/registry';
import { formatCodec, parseCodec } from '../../../codecs/contract/spec';
import { embeddedModels } from '../../../models/embedded';
import { architectureFor } from '../../../models/registry';
import { sampleRecord } from '../../../testing/sampleRecord';
import stories260K from '../../../../public/models/stories260K/config.json';
import { EMBEDDED_NAMES } from '../../plan/build';
import type { LabRecord } from '../../results/record';
import type { NamedPlan, Results } from './definition';
import { namedPlans } from './registry';
import { changeCell, modelsOf } from './tables';

const request = (overrides = {}) => ({ names: EMBEDDED_NAMES, overrides });
/** The plans that are a list of codecs. Searches, and plans that ask tasks, have tests of their own. */
const lists = [...namedPlans].filter(([, plan]) => !plan.run && !plan.plans(request())[0].tasks);
const each = describe.each(lists.map(([id, plan]) => [id, plan] as const));
const shapes = new Map([['stories260K', architectureFor(stories260K).configure(stories260K)]]);
const results = (records: LabRecord[], failures: Results['failures'] = new Map()): Results => ({
  records,
  failures,
  shapes,
});

/** A record for every codec of a plan, each of its own size. */
function recordsOf(plan: NamedPlan): LabRecord[] {
  const { codecs } = plan.plans(request())[0];
  const size = (i: number) => ({ ...sampleRecord().size, totalBytes: 100_000 + i });
  return codecs.map((spec, i) =>
    sampleRecord({
      id: String(i),
      codec: { ...sampleRecord().codec, id: spec.id, spec: formatCodec(spec) },
      size: size(i),
      samples: [sampleRecord().samples[0], { nll: 338, baselineNll: 336, tokens: 127 }],
    }),
  );
}

test('the names of the registry are the plans’ own', () => {
  expect([...namedPlans.keys()]).toEqual(
    expect.arrayContaining(['tenpak', 'rft-ablation', 'gptq-bnb', 'all-codecs']),
  );
  for (const [id, plan] of namedPlans) expect(plan.id).toBe(id);
});

each('%s', (id, plan) => {
  test('runs stories260K with windows for a verdict and no more; every codec spelling parses', () => {
    const [built] = plan.plans(request());
    expect(built).toMatchObject({ model: 'stories260K', verdict: true });
    expect(built.protocol).toMatchObject({ context: 128, windows: 32 });
    for (const spec of built.codecs)
      expect(formatCodec(parseCodec(formatCodec(spec)))).toBe(formatCodec(spec));
  });

  test('model, data and windows may be changed, for images too', () => {
    const [built] = plan.plans(
      request({ model: 'vit-cifar10', 'calibration-windows': '5', draws: '2', verdict: 'off' }),
    );
    expect(built).toMatchObject({ model: 'vit-cifar10', verdict: false });
    expect(built.calibration).toMatchObject({ windows: 5, draws: 2 });
    expect(() => plan.plans(request({ windows: '0' }))).toThrow(/--windows=0 is out of range/);
    expect(() => plan.plans(request({ model: 'no-such' }))).toThrow(/no model "no-such"/);
  });

  test('the table has a row for every codec, as many cells as columns, and the measured figures', () => {
    const text = plan.table(results(recordsOf(plan)));
    for (const spec of plan.plans(request())[0].codecs) expect(text).toContain(`\`${formatCodec(spec)}\``);
    expect(text).toContain('worse than `rtn(bits=5,group=64)`, +0.020 [+0.010, +0.030]');
    expect(text).toContain('+2.2');
    expect(brokenLines(text)).toEqual([]);
    expect(text).not.toMatch(/undefined|NaN|\[object/);
  }, 30_000);

  test('a stopped run has a table, and failures are shown in their rows', () => {
    const [first, second] = recordsOf(plan);
    const failures = new Map([[second.codec.spec, 'w_a has | weights\nbeyond float16.']]);
    const text = plan.table(results([first], failures));
    expect(text).toContain('w_a has \\| weights beyond float16');
    expect(text).toContain('not measured in this run');
    expect(brokenLines(text)).toEqual([]);
  });

  test('has a title and a note that names the source of figures', () => {
    expect(plan.title.length).toBeGreaterThan(10);
    expect(plan.note).toMatch(/32 windows of 128 tokens/);
    if (id !== 'all-codecs')
      expect(plan.note + plan.table(results(recordsOf(plan)))).toMatch(/https:\/\/github/);
  });
});

/** Lines of tables with more or fewer cells than their header. */
function brokenLines(text: string): string[] {
  const cells = (line: string) => line.replaceAll('\\|', '').split('|').length;
  return text.split('\n').filter((line, i, all) => {
    if (!line.startsWith('|')) return false;
    let head = i;
    while (all[head - 1]?.startsWith('|')) head--;
    return cells(line) !== cells(all[head]);
  });
}

test('a failure that is expected is one of the plan’s codecs', () => {
  for (const plan of namedPlans.values()) {
    const spellings = plan.plans(request())[0].codecs.map(formatCodec);
    for (const codec of plan.expectedFailures ?? []) expect(spellings).toContain(codec);
  }
});

test('the change of a destroyed model is written as a power of ten', () => {
  const quality = {
    ...sampleRecord().quality,
    deltaPercent: 4.16e7,
    deltaPercentCi95: [3.5e7, 4.9e7] as [number, number],
  };
  expect(changeCell({ codec: 'nf4', record: sampleRecord({ quality }) })).toBe('+4.2e7 [+3.5e7, +4.9e7]');
});

test('models come in the order they ran', () => {
  const of = (id: string) => sampleRecord({ model: { ...sampleRecord().model, id } });
  expect(modelsOf(results([of('b'), of('a'), of('b')])).map(({ id }) => id)).toEqual(['b', 'a']);
  expect(embeddedModels.length).toBeGreaterThan(0);
});

test('all-codecs has every codec of the registry, and entropy coding around the other wrappers', () => {
  const spellings = namedPlans.get('all-codecs')!.plans(request())[0].codecs.map(formatCodec);
  const metas = [...codecMetas.values()].filter(({ needs }) => !needs.base && !needs.timesteps);
  for (const { id } of metas) expect(spellings.some((spec) => spec.startsWith(id))).toBe(true);
  const others = metas.filter(({ wraps, id }) => wraps && id !== 'rans');
  for (const { id } of others) expect(spellings).toContain(`rans(${id}(rtn(bits=4,group=32)))`);
});

test('tenpak has both modes of everything that has modes', () => {
  const specs = namedPlans.get('tenpak')!.plans(request())[0].codecs;
  const key = (spec: (typeof specs)[number]) => JSON.stringify([spec.id, { ...spec.options, mode: 0 }]);
  const kinds = specs.filter(({ id }) => id !== 'tenpak-tiers');
  for (const spec of kinds) {
    const modes = kinds.filter((other) => key(other) === key(spec)).map(({ options }) => options.mode);
    expect(modes).toEqual(['faithful', 'corrected']);
  }
});

test('gptq-bnb compares the published estimate with the formula and the file', () => {
  const text = namedPlans.get('gptq-bnb')!.table(results(recordsOf(namedPlans.get('gptq-bnb')!)));
  // gpt2: the published parameters, float16 and 4-bit GiB, ratio.
  for (const figure of ['162,129,408', '124,439,808', '0.302', '0.0830', '3.636'])
    expect(text).toContain(figure);
  // stories260K by L·12h² + 2·V·h with L = 5, h = 64, V = 512.
  expect(text).toContain(`${(5 * 12 * 64 ** 2 + 2 * 512 * 64).toLocaleString('en-US')} parameters`);
});
