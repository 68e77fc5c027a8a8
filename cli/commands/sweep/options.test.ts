import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import type { LabError } from '../../../src/base/errors';
import { namedPlans } from '../../../src/lab/studies/namedPlans/registry';
import { planToJson } from '../../../src/lab/plan/text';
import { PLAN_KEYS } from '../../../src/lab/plan/parameters';
import { SWEPT_MODELS } from '../../../src/lab/plan/presets';
import { parseSweep, SWEEP_HELP } from './options';
import { CLI_PLAN_NAMES } from '../../shared/planNames';

const folder = mkdtempSync(join(tmpdir(), 'bitcurve-cli-'));
afterAll(() => rmSync(folder, { recursive: true }));
const file = (name: string, content: string) => {
  writeFileSync(join(folder, name), content);
  return join(folder, name);
};

const parse = (...args: string[]) => parseSweep(args, CLI_PLAN_NAMES);
const failure = (run: () => unknown): LabError => {
  try {
    run();
  } catch (error) {
    return error as LabError;
  }
  return expect.unreachable();
};

describe('sweep', () => {
  test('without options the default plan runs on every embedded model, on Dawn', () => {
    const request = parse();
    expect(request.plans.map((plan) => plan.model)).toEqual([...SWEPT_MODELS.keys()]);
    expect(request).toMatchObject({ backend: 'dawn' });
    expect(request.out).toBeUndefined();
  });

  test('reads the example of the README', () => {
    const { plans, out } = parse(
      ...[
        '--model',
        'stories260K',
        '--codec',
        'rtn(bits=4,group=32)',
        '--codec',
        'nf4(block=64)',
        '--out',
        'DIR',
      ],
    );
    expect(plans[0].codecs).toMatchObject([{ id: 'rtn', options: { bits: 4, group: '32' } }, { id: 'nf4' }]);
    expect(out).toBe(join(process.cwd(), 'DIR'));
  });

  test('--metrics size prints sizes, and what measures has no meaning beside it', () => {
    const { sizesOnly, plans } = parse('--metrics', 'size', '--model', 'stories260K');
    expect(sizesOnly).toBe(true);
    expect(plans.map(({ model }) => model)).toEqual(['stories260K']);
    expect(parse('--metrics', 'perplexity').sizesOnly).toBe(false);
    for (const option of [
      ['--out', 'x'],
      ['--adapter', 'software'],
      ['--latency', '400'],
      ['--tasks', 'lambada'],
      ['--plan', 'frontier'],
    ])
      expect(failure(() => parse('--metrics', 'size', ...option)).message).toContain(option[0]);
  });

  test('the ladder of sizes takes several models, other plans one', () => {
    const models = ['--model', 'gpt2-tinystories', '--model', 'stories260K'];
    expect(parse('--plan', 'scale-ladder', ...models).plans.map(({ model }) => model)).toEqual([
      'gpt2-tinystories',
      'stories260K',
    ]);
    expect(parse('--plan', 'scale-ladder').plans.map(({ model }) => model)).toEqual([
      'stories260K',
      'gpt2-tinystories',
    ]);
    expect(parse('--plan', 'scale-ladder', '--shard', '2/2').plans.map(({ model }) => model)).toEqual([
      'gpt2-tinystories',
    ]);
    expect(failure(() => parse('--plan', 'scale-ladder', '--backend', 'browser')).message).toBe(
      '--plan scale-ladder does more than measure given codecs, and runs in Node.',
    );
    for (const plan of [['--plan', 'tenpak'], []])
      expect(failure(() => parse(...plan, ...models)).message).toContain('--model is given 2 times');
  });

  test('a plan file holds one plan or several', () => {
    const plans = file('plans.json', '[{"codec":["nf4"]},{"model":"vit-cifar10","images":5}]');
    expect(parse('--plan', plans).plans.map((plan) => plan.model)).toEqual(['stories260K', 'vit-cifar10']);
  });

  test('accepts a text file as data and a hub folder as model', () => {
    const text = file('story.txt', 'Once upon a time');
    const model = join(process.cwd(), 'public/models/vit-cifar10');
    expect(parse('--model', 'stories260K', '--data', text).plans[0].data).toBe(text);
    expect(parse('--model', model).plans[0]).toMatchObject({ model, data: 'cifar-10' });
  });

  test.each([
    [['--model', 'no-such'], /no model "no-such"/],
    [['--data', 'no-such'], /no data set "no-such"/],
    [['--model', 'stories260K', '--file', 'no-such.gguf'], /no file or folder "no-such.gguf" to measure/],
    [
      ['--model', 'stories260K', '--file', 'package.json'],
      /neither a GGUF or ONNX file, a delta \(FILE\.delta\) nor a folder/,
    ],
    [['--model', 'stories260K', '--file', 'src;;cli'], /empty name/],
    [
      ['--model', 'stories260K', '--file', 'src/base', '--file', 'e2e/../src/base'],
      /two files called "base"/,
    ],
    [['--model', 'stories260K', '--backend', 'browser', '--file', 'src'], /cannot be measured here/],
    [['--codec', 'rtn(bits=77)'], /out of range/],
    [['--context', '128', '--context', '64'], /--context is given 2 times/],
    [['--backend', 'cuda'], /--backend cannot be "cuda"/],
    [['--backend', 'browser', '--adapter', 'software'], /--adapter/],
    [['--backend', 'browser', '--compute', 'cpu'], /--compute chooses for runs in Node/],
    [['--compute', 'tpu'], /--compute cannot be "tpu"/],
    [['--backend', 'browser', '--model', 'public/models/stories260K'], /no model/],
    [['--plan', 'no-such.json'], /cannot be read/],
    [['--plan', 'no-such'], /no plan "no-such": it is neither a named plan nor a file/],
    [['--plan', 'tenpak', '--codec', 'nf4'], /--plan tenpak and --codec cannot be combined/],
    [['--plan', 'tenpak', '--windows', '4', '--windows', '5'], /--windows is given 2 times/],
    [['--plan', 'tenpak', '--windows', '0'], /--windows=0 is out of range/],
    [['--plan', 'tenpak', '--file', 'src'], /--plan tenpak and --file cannot be combined/],
    [['--plan', 'files', '--model', 'stories260K'], /--plan files measures files, and none is given/],
    [['--plan', 'x.json', '--seed', '3'], /--plan and --seed both define the plan/],
    [['--frobnicate', '1'], /Unknown option/],
  ])('refuses %j', (args, message) => {
    const error = failure(() => parse(...args));
    expect([error.code, error.message]).toEqual(['bad-plan', expect.stringMatching(message)]);
  });

  test('reads a named plan with the options allowed beside it', () => {
    const changes = ['--windows', '4', '--calibration-windows', '2', '--draws', '2', '--verdict', 'off'];
    const request = parse('--plan', 'gptq-bnb', ...changes, '--adapter', 'software', '--out', 'DIR');
    expect(request).toMatchObject({ named: { id: 'gptq-bnb' }, adapter: 'software', compute: 'auto' });
    expect(request.plans).toMatchObject([
      {
        model: 'stories260K',
        protocol: { windows: 4 },
        calibration: { windows: 2, draws: 2 },
        verdict: false,
      },
    ]);
    expect(parse('--plan', 'tenpak', '--model', 'gpt2-tinystories').plans[0].model).toBe('gpt2-tinystories');
    expect(parse('--plan', 'tenpak', '--backend', 'browser').backend).toBe('browser');
  });

  test('lists the named plans for an unknown name and in the help', () => {
    const { remedy } = failure(() => parse('--plan', 'no-such'));
    for (const id of namedPlans.keys()) {
      expect(remedy).toContain(id);
      expect(SWEEP_HELP).toMatch(new RegExp(`^  ${id} +\\S`, 'm'));
    }
  });

  test('accepts any file name; a named plan takes precedence over a file of the same name', () => {
    expect(parse('--plan', file('myplan', '{"codec":["nf4"]}')).plans[0].codecs[0].id).toBe('nf4');
    expect(parse('--plan', file('tenpak', '{"codec":["nf4"]}')).named).toBeUndefined();
    expect(parse('--plan', 'tenpak').named?.id).toBe('tenpak');
  });

  test('refuses a plan file that is not JSON', () =>
    expect(failure(() => parse('--plan', file('bad.json', '{'))).message).toMatch(/is not JSON/));

  test('reads the files of others, which a plan file may name as well', () => {
    const [plan] = parse('--model', 'stories260K', '--file', 'src', '--file', 'cli;e2e').plans;
    const files = ['src', 'cli', 'e2e'].map((name) => join(process.cwd(), name));
    expect(plan.files).toEqual(files);
    expect(parse('--model', 'stories260K').plans[0]).not.toHaveProperty('files');
    const written = planToJson(plan);
    expect(written.file).toBe(files.join(';'));
    expect(parse('--plan', file('files.json', JSON.stringify(written))).plans).toEqual([plan]);
    expect(parse('--plan', file('list.json', '{"file":["src","cli"]}')).plans[0].files).toEqual(
      files.slice(0, 2),
    );
  });

  test('a named plan that takes files is given them', () => {
    const { named, plans } = parse('--plan', 'files', '--file', 'src', '--file', 'cli', '--windows', '4');
    expect(named?.id).toBe('files');
    expect(plans[0].files).toEqual(['src', 'cli'].map((name) => join(process.cwd(), name)));
  });

  test('the help lists all options', () => {
    for (const name of [...PLAN_KEYS, 'plan', 'out', 'backend', 'adapter', 'compute', 'help'])
      expect(SWEEP_HELP).toContain(`--${name} `);
  });
});
