import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { LabError } from '../../base/errors';
import type { CodecMeta, CodecSpec, OptionSpec } from '../../codecs/contract/meta';
import { codecMetas } from '../../codecs/contract/registry';
import { completeOptions, formatCodec, parseCodec, parseCodecs } from '../../codecs/contract/spec';
import type { Plan } from './plan';
import { DEFAULT_MODEL, EMBEDDED_NAMES } from './build';
import { PLAN_KEYS, PLAN_PARAMETERS } from './parameters';
import { planFromJson, planFromOptions, planFromQuery, planToJson, planToQuery } from './text';
import { DEFAULT_CODECS, EMBEDDED_DATA, EMBEDDED_MODELS, SWEPT_MODELS } from './presets';

const query = (text: string) => planFromQuery(new URLSearchParams(text));

function failure(run: () => unknown): LabError {
  try {
    run();
  } catch (error) {
    if (error instanceof LabError) return error;
    throw error;
  }
  throw new Error('nothing was thrown');
}

describe('memory', () => {
  test.each([
    ['3GiB', 3 * 2 ** 30],
    ['1.5GiB', 1.5 * 2 ** 30],
    ['800MiB', 800 * 2 ** 20],
    ['64KiB', 65536],
    ['1000B', 1000],
  ])('%s is read', (text, bytes) => expect(query(`memory=${text}`).plan.memory).toBe(bytes));

  test('is written with the largest unit that gives a whole number', () => {
    const written = (text: string) => planToQuery(query(`memory=${text}`).plan);
    expect([written('3GiB'), written('1.5GiB'), written('1000B')]).toEqual([
      'memory=3GiB',
      'memory=1536MiB',
      'memory=1000B',
    ]);
    expect(query('').plan).not.toHaveProperty('memory');
  });

  test.each(['3GB', '3', '-1GiB', '0MiB', '2000000GiB', '1e3MiB', ''])('"%s" is refused', (text) => {
    expect(() => query(`memory=${text}`)).toThrow(LabError);
  });
});

describe('defaults', () => {
  test('a bare address is the default plan of the first embedded model', () => {
    const { plan, preset, autostart } = query('');
    expect(plan).toMatchObject({
      model: DEFAULT_MODEL,
      data: 'tinystories',
      protocol: { kind: 'windows', context: 128, stride: 128, windows: 32 },
      scope: 'linear',
      rest: 'float16',
      metrics: 'all',
      verdict: true,
    });
    expect([preset, autostart]).toEqual(['default', false]);
    expect(plan.codecs).toEqual(parseCodecs(DEFAULT_CODECS));
    expect(plan.codecs.length).toBe(8);
  });

  test('the image model gets images and its own data set', () => {
    expect(query('model=vit-cifar10').plan).toMatchObject({ data: 'cifar-10', images: 256 });
  });

  test('quick measures less and gives no verdict; explicit parameters still win', () => {
    const { plan } = query('preset=quick');
    expect([plan.protocol.windows, plan.verdict]).toEqual([8, false]);
    expect(query('model=vit-cifar10&preset=quick').plan.images).toBe(32);
    expect(query('preset=quick&windows=3&verdict=on').plan).toMatchObject({
      protocol: { windows: 3 },
      verdict: true,
    });
  });

  test('a model that does not ship has its own data and a context that fits it', () => {
    const model = { id: 'owner/name', task: 'language-model', data: 'wikitext-2', maxContext: 64 } as const;
    const names = { model: () => model, data: EMBEDDED_NAMES.data };
    const { plan } = planFromQuery(new URLSearchParams('model=owner/name'), names);
    expect(plan).toMatchObject({ model: 'owner/name', data: 'wikitext-2', protocol: { context: 64 } });
    expect(planToQuery(plan, 'default', names)).toBe('model=owner%2Fname');
    const text = 'model=owner/name&data=tinystories&context=32';
    const said = planFromQuery(new URLSearchParams(text), names).plan;
    expect(said).toMatchObject({ data: 'tinystories', protocol: { context: 32 } });
    expect(planFromQuery(new URLSearchParams(planToQuery(said, 'default', names)), names).plan).toEqual(said);
  });

  test('windows=all means the whole text', () => {
    expect(query('windows=all').plan.protocol.windows).toBeUndefined();
  });

  test('sliding strides by half the context by default', () => {
    expect(query('protocol=sliding&context=9').plan.protocol).toMatchObject({ context: 9, stride: 4 });
    expect(query('protocol=sliding&context=9&stride=8').plan.protocol.stride).toBe(8);
    expect(query('protocol=sliding&stride=127').plan.protocol).toMatchObject({ context: 128, stride: 127 });
    expect(query('protocol=sliding&stride=512').plan.protocol).toMatchObject({ context: 1024, stride: 512 });
  });

  test('a plan is deeply frozen', () => {
    const { plan } = query('');
    for (const part of [plan, plan.protocol, plan.codecs, plan.codecs[0], plan.codecs[0].options])
      expect(Object.isFrozen(part)).toBe(true);
  });
});

describe('refused with a message and a remedy', () => {
  test.each([
    ['contex=128', /unknown parameter "contex"/],
    ['model=gpt5', /no model "gpt5"/],
    ['model=__proto__', /no model/],
    ['__proto__=1', /unknown parameter/],
    ['constructor=1', /unknown parameter/],
    ['data=imagenet', /no data set "imagenet"/],
    ['codec=zip', /no codec "zip"/],
    ['codec=', /names no codec/],
    ['codec=rtn(bits=9)', /out of range/],
    ['codec=rtn(bits=4)&codec=rtn(bits=4)', /twice/],
    ['context=1', /out of range/],
    ['context=99999', /out of range/],
    ['context=12.5', /whole number/],
    ['context=1e2', /whole number/],
    ['context=', /whole number/],
    ['context=128&context=256', /"context" twice/],
    ['windows=0', /out of range/],
    ['stride=64', /sliding/],
    ['protocol=sliding&context=64&stride=64', /not less than the context/],
    ['protocol=slide', /cannot be "slide"/],
    ['scope=everything', /cannot be/],
    ['rest=int8', /cannot be/],
    ['metrics=some', /cannot be/],
    ['latency=99', /out of range/],
    ['latency=on', /whole number/],
    ['verdict=true', /cannot be/],
    ['seed=-1', /out of range/],
    ['seed=4294967296', /out of range/],
    ['preset=slow', /cannot be/],
    ['autostart=yes', /autostart cannot be/],
    ['images=10', /not apply to the language model/],
    ['model=vit-cifar10&context=64', /not apply to the image model/],
    ['model=vit-cifar10&data=tinystories', /is not for the task of/],
    ['data=cifar-10', /is not for the task of/],
  ])('%s', (text, message) => {
    const error = failure(() => query(text));
    expect(error.code).toBe('bad-plan');
    expect(error.message).toMatch(message);
    expect(error.remedy).not.toBe('');
  });

  test('errors spell a parameter as their source does', () => {
    expect(failure(() => planFromOptions({ context: '1' })).message).toMatch(/^--context=1/);
    expect(failure(() => planFromOptions({ context: ['8', '9'] })).message).toMatch(
      /--context is given 2 times/,
    );
    expect(failure(() => planFromJson({ context: 1 })).message).toMatch(/^"context"=1/);
  });

  test('every text gives a plan or a LabError bad-plan', () => {
    const key = fc.oneof(fc.constantFrom(...PLAN_KEYS, 'autostart'), fc.string());
    fc.assert(
      fc.property(fc.array(fc.tuple(key, fc.string()), { maxLength: 4 }), (pairs) => {
        try {
          planFromQuery(new URLSearchParams(pairs));
        } catch (error) {
          expect(error).toBeInstanceOf(LabError);
          expect((error as LabError).code).toBe('bad-plan');
        }
      }),
    );
  });
});

describe('the command line', () => {
  test('without a model there is one plan for each embedded model', () => {
    expect(planFromOptions({}).map((plan) => plan.model)).toEqual([...SWEPT_MODELS.keys()]);
  });

  test('options that fit one task select its models', () => {
    expect(planFromOptions({ data: 'cifar-10' }).map((plan) => plan.model)).toEqual(['vit-cifar10']);
    expect(planFromOptions({ images: '5' }).map((plan) => plan.model)).toEqual(['vit-cifar10']);
    expect(planFromOptions({ context: '64' }).map((plan) => plan.model)).toEqual([
      'stories260K',
      'gpt2-tinystories',
    ]);
    expect(failure(() => planFromOptions({ context: '64', images: '5' })).message).toMatch(
      /No embedded model/,
    );
  });

  test('repeated and joined codecs are one list', () => {
    const [plan] = planFromOptions({
      model: 'stories260K',
      codec: ['float16;rtn(bits=4)', 'rtn(bits=3)'],
    });
    expect(plan.codecs.map((spec) => spec.id)).toEqual(['float16', 'rtn', 'rtn']);
  });

  test('a delta needs a base, and a base a delta', () => {
    const names = { ...EMBEDDED_NAMES, file: (name: string) => name };
    const read = (options: Record<string, string[]>) =>
      planFromOptions({ model: ['stories260K'], ...options }, names);
    expect(read({ file: ['tuned.delta'], base: ['stories260K'] })[0]).toMatchObject({
      files: ['tuned.delta'],
      base: 'stories260K',
    });
    const codec = ['delta(rtn(bits=2))'];
    expect(read({ codec, base: ['stories260K'] })[0].base).toBe('stories260K');
    for (const [key, value] of [
      ['file', 'tuned.delta'],
      ['codec', codec[0]],
      ['codec', 'rans(delta(rtn))'],
    ])
      expect(failure(() => read({ [key]: [value] })).message).toMatch(
        /is a difference from a base, and the plan names none/,
      );
    expect(failure(() => read({ base: ['stories260K'] })).message).toBe(
      'The plan names a base, but nothing that is a difference from it.',
    );
  });

  test('files and folders are resolved to their canonical names', () => {
    const names = {
      model: () => ({ id: '/models/mine', task: 'language-model' as const }),
      data: (name: string) => ({ id: `/texts/${name}` }),
    };
    expect(planFromOptions({ model: 'mine', data: 'a.txt' }, names)[0]).toMatchObject({
      model: '/models/mine',
      data: '/texts/a.txt',
    });
  });
});

describe('plan files', () => {
  test('one object or a list, with JSON types', () => {
    const [one] = planFromJson({ codec: ['float16', 'rtn(bits=4)'], context: 64, verdict: false });
    expect(one).toMatchObject({ model: DEFAULT_MODEL, protocol: { context: 64 }, verdict: false });
    expect(planFromJson([{}, { model: 'vit-cifar10' }]).length).toBe(2);
  });

  test.each([
    [[]],
    [null],
    ['stories260K'],
    [[[]]],
    [{ context: null }],
    [{ codec: [4] }],
    [{ scope: true }],
  ])('refuses %j', (value) => expect(failure(() => planFromJson(value)).code).toBe('bad-plan'));
});

describe('round trips', () => {
  test('defaults are left out and codecs stay readable', () => {
    expect(planToQuery(query('').plan)).toBe('');
    expect(planToQuery(query('preset=quick').plan, 'quick')).toBe('preset=quick');
    const codecs = ['rtn(bits=3,scheme=asymmetric)', 'float16'].map((spec) => formatCodec(parseCodec(spec)));
    const text = `codec=${codecs.join(';')}&context=64&seed=7`;
    expect(planToQuery(query(text).plan)).toBe(text);
  });

  test('query, JSON and options give the same plan back', () => {
    fc.assert(
      fc.property(anyPlan(), fc.constantFrom('default' as const, 'quick' as const), (plan, preset) => {
        expect(query(planToQuery(plan, preset)).plan).toEqual(plan);
        const file: unknown = JSON.parse(JSON.stringify(planToJson(plan)));
        expect(planFromJson(file)).toEqual([plan]);
        expect(planFromOptions(planToJson(plan))).toEqual([plan]);
      }),
    );
  });
});

test('every parameter has a help text and a default', () => {
  for (const key of PLAN_KEYS) {
    const { help, value, fallback } = PLAN_PARAMETERS[key];
    expect([help, value, fallback].every((text) => text.length > 0)).toBe(true);
  }
});

function anyPlan(): fc.Arbitrary<Plan> {
  return fc.constantFrom(...EMBEDDED_MODELS).chain(([model, task]) => {
    const data = [...EMBEDDED_DATA].filter(([, of]) => of === task).map(([name]) => name);
    const image = task === 'image-classification';
    return fc.record({
      model: fc.constant(model),
      codecs: fc.uniqueArray(anyCodec(), { minLength: 1, maxLength: 4, selector: formatCodec }),
      data: fc.constantFrom(...data),
      protocol: image ? fc.constant({ kind: 'windows' as const, context: 128, stride: 128 }) : anyProtocol(),
      images: image ? fc.integer({ min: 1, max: 1e6 }) : fc.constant(0),
      scope: fc.constantFrom('linear' as const, 'all' as const),
      rest: fc.constantFrom('float16' as const, 'float32' as const, 'bfloat16' as const),
      metrics: fc.constantFrom('perplexity' as const, 'all' as const),
      calibration: fc.option(
        fc.record({
          data: fc.constantFrom(...data),
          windows: fc.integer({ min: 1, max: 4096 }),
          draws: fc.integer({ min: 1, max: 16 }),
        }),
      ),
      verdict: fc.boolean(),
      seed: fc.integer({ min: 0, max: 2 ** 32 - 1 }),
      latency: fc.option(fc.integer({ min: 100, max: 100_000 }), { nil: undefined }),
    });
  });
}

function anyProtocol(): fc.Arbitrary<Plan['protocol']> {
  return fc
    .record({
      kind: fc.constantFrom('windows' as const, 'sliding' as const),
      context: fc.integer({ min: 2, max: 32768 }),
      part: fc.double({ min: 0, max: 1, noNaN: true }),
      windows: fc.option(fc.integer({ min: 1, max: 1e6 }), { nil: undefined }),
    })
    .map(({ kind, context, part, windows }) => ({
      kind,
      context,
      stride: kind === 'windows' ? context : 1 + Math.floor(part * (context - 2)),
      ...(windows !== undefined && { windows }),
    }));
}

function anyCodec(): fc.Arbitrary<CodecSpec> {
  const plain = [...codecMetas.values()].filter((meta) => !meta.wraps);
  return fc.constantFrom(...plain).chain((meta) => anyOptions(meta));
}

function anyOptions(meta: CodecMeta): fc.Arbitrary<CodecSpec> {
  const values = meta.options.map((option) => anyValue(option));
  return fc.tuple(...values).map((drawn) => {
    const given = Object.fromEntries(meta.options.map((option, i) => [option.key, drawn[i]]));
    return parseCodec(formatCodec({ id: meta.id, options: completeOptions(meta, given) }));
  });
}

function anyValue(option: OptionSpec): fc.Arbitrary<number | boolean | string> {
  if (option.kind === 'boolean') return fc.boolean();
  if (option.values) return fc.constantFrom<number | string>(...option.values);
  if (option.kind === 'choice') return fc.constant(option.default);
  if (option.kind === 'integer') return fc.integer({ min: option.min, max: option.max });
  return fc.constantFrom(option.min, option.max, option.default);
}
