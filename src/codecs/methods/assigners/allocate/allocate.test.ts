import { describe, expect, test } from 'vitest';
import { LabError } from '../../../../base/errors';
import type { CodecSpec } from '../../../contract/meta';
import type { AssignRequest, FileTrial, Trial } from '../../../contract/assigner';
import { loadAssigner } from '../../../contract/registry';
import { codecSpec, completeOptions } from '../../../contract/spec';
import assigner from './codec';
import { interpolate } from './grid';
import meta from './meta';

const matrix = [64, 64] as const;
const tensors = ['quiet', 'loud'].map((name) => ({ name, matrix, role: 'mlp' as const, block: 0 }));

/** Takes bits · weights ÷ 8 bytes, half a bit more in groups of 32; each bit divides the error by four, as in theory. */
function trialOf({ options }: CodecSpec): Trial {
  const bits = Number(options.bits) + (options.group === '32' ? 0.5 : options.group === '128' ? 0.125 : 0);
  const squaredError = 4 ** -Number(options.bits) * (options.group === '32' ? 0.5 : 1);
  return { bytes: (bits * 64 * 64) / 8, squaredError, outputError: squaredError };
}

const request: AssignRequest = {
  shape: {} as AssignRequest['shape'],
  tensors,
  blocks: 1,
  parameters: 2 * 64 * 64,
  otherBytes: 100,
  trial: async (_, spec) => trialOf(spec),
  // The loud tensor is 256 times as sensitive. At the optimum both contribute equally, so it gets four bits more: 4⁴ = 256.
  lossRise: async (name, spec) => (name === 'loud' ? 256 : 1) * trialOf(spec).squaredError,
  file: async (choice) => fileOf(choice),
};

/** Loses 30 times what the prediction says, in per cent, within ±0.2. */
function fileOf(choice: ReadonlyMap<string, CodecSpec>): FileTrial {
  const trials = [...choice].map(([name, spec]) => ({ name, ...trialOf(spec) }));
  const predicted = trials.reduce((sum, t) => sum + (t.name === 'loud' ? 256 : 1) * t.squaredError, 0);
  const loss = 100 * 30 * predicted;
  const bytes = trials.reduce((sum, t) => sum + t.bytes, request.otherBytes);
  return { bytes, loss, lossCi95: [loss - 0.2, loss + 0.2], unit: 'windows', units: 64 };
}

const options = (given: Record<string, number | string | boolean>) => completeOptions(meta, given);

test('a tensor 256 times as sensitive gets four bits more', async () => {
  const choice = await assigner.assign(request, options({ bits: 5.2 }));
  const bits = (name: string) => Number(choice.get(name)!.options.bits);
  expect(bits('loud') - bits('quiet')).toBe(4);
});

test('the budget covers all bytes and is used up', async () => {
  const choice = await assigner.assign(request, options({ bits: 5.2 }));
  const spent = tensors.reduce((sum, { name }) => sum + trialOf(choice.get(name)!).bytes, request.otherBytes);
  const budget = (5.2 * request.parameters) / 8;
  expect(spent).toBeLessThanOrEqual(budget);
  expect(spent).toBeGreaterThan(0.95 * budget);
});

test('with sensitivity=weight, equal tensors get equal codecs', async () => {
  const choice = await assigner.assign(request, options({ bits: 4.3, sensitivity: 'weight' }));
  expect(choice.get('loud')!.options.bits).toBe(choice.get('quiet')!.options.bits);
});

test('entropy coding wraps every choice', async () => {
  const trial: AssignRequest['trial'] = async (_, spec) => trialOf(spec.inner ?? spec);
  const choice = await assigner.assign({ ...request, trial }, options({ bits: 5, entropy: true }));
  for (const { id, inner } of choice.values()) expect([id, inner?.id]).toEqual(['rans', 'rtn']);
});

test('a target below every choice is refused with the smallest possible one', async () => {
  const failure = assigner.assign(request, options({ bits: 1 }));
  await expect(failure).rejects.toBeInstanceOf(LabError);
  // Two bits and the other bytes: 2 + 8 · 100 ÷ 8192 = 2.1.
  await expect(failure).rejects.toThrow(/smallest takes 2\.1\b/);
});

test('with a limit on the loss, the file is the smallest whose upper bound is within it', async () => {
  const choice = await assigner.assign(request, options({ bits: 32, increase: 40 }));
  const found = fileOf(choice);
  expect(found.lossCi95[1]).toBeLessThanOrEqual(40);
  // Every choice of bits and groups for the two matrices.
  const specs = [2, 3, 4, 5, 6, 7, 8].flatMap((bits) =>
    ['32', '128', 'row'].map((group) => codecSpec('rtn', { bits, group, scheme: 'asymmetric', clip: true })),
  );
  const all = specs.flatMap((a) =>
    specs.map((b) =>
      fileOf(
        new Map([
          ['quiet', a],
          ['loud', b],
        ]),
      ),
    ),
  );
  const smallest = Math.min(...all.filter(({ lossCi95 }) => lossCi95[1] <= 40).map(({ bytes }) => bytes));
  // Only choices on the convex hull are made: at most one step of one matrix is missing.
  expect(found.bytes).toBeLessThanOrEqual(smallest + (64 * 64) / 8);
});

test('a limit on the loss that no file of the size keeps is refused with what the best one loses', async () => {
  const failure = assigner.assign(request, options({ bits: 4, increase: 0.3 }));
  await expect(failure).rejects.toMatchObject({
    code: 'bad-plan',
    message: expect.stringMatching(
      /^No file of at most 4 bits .* within 0\.3: the best, of 3\.\d\d bits per weight, has \+\d/,
    ) as string,
    remedy: expect.stringContaining('bits=32') as string,
  });
});

test('the registry lists it as an assigner', async () => {
  expect((await loadAssigner('allocate')).meta).toBe(meta);
});

describe('block types of llama.cpp', () => {
  const wide = (name: string, columns: number, role: 'mlp' | 'position' = 'mlp') => ({
    ...{ name, matrix: [64, columns] as const, role, block: 0 },
  });
  const bits: Record<string, number> = {
    'q2-k': 2.625,
    'q4-k': 4.5,
    'q6-k': 6.5625,
    'q8-0': 8.5,
    'q4-0': 4.5,
  };
  const tried: string[] = [];
  const trial: AssignRequest['trial'] = async (name, { id }) => {
    tried.push(`${name} ${id}`);
    const rate = bits[id] ?? 32;
    return { bytes: 8 * 256 * rate, squaredError: 4 ** -rate };
  };
  const ggufRequest: AssignRequest = {
    ...request,
    tensors: [wide('loud', 256), wide('narrow', 96), wide('odd', 33), wide('positions', 256, 'position')],
    trial,
    lossRise: async () => 1,
    parameters: 4 * 64 * 256,
  };

  test('each tensor is tried in the types whose blocks its rows fill', async () => {
    const choice = await assigner.assign(ggufRequest, options({ family: 'gguf', bits: 32 }));
    const of = (name: string) =>
      tried.filter((text) => text.startsWith(`${name} `)).map((text) => text.split(' ')[1]);
    expect(of('loud')).toContain('q4-k');
    expect(of('narrow')).not.toContain('q4-k');
    expect(of('narrow')).toContain('q4-0');
    expect(choice.get('odd')!.id).toBe('float16');
    expect(choice.get('positions')!.id).toBe('float32');
    expect(choice.get('loud')!.options).toEqual({ importance: 'calibration', search: 'faithful' });
  });

  test('entropy coding is refused', async () => {
    const failure = assigner.assign(ggufRequest, options({ family: 'gguf', entropy: true }));
    await expect(failure).rejects.toThrow('stores no entropy-coded blocks');
  });
});

describe('steps of the entropy-coded grid', () => {
  const step = (spec: CodecSpec) => Number(spec.inner!.options.step);
  /** Models high rates: each halving of the step costs a bit, and the error is proportional to step². */
  const gridTrial = (spec: CodecSpec): Trial => {
    const outputError = step(spec) ** 2;
    return { bytes: ((5 - Math.log2(step(spec))) * 64 * 64) / 8, squaredError: outputError, outputError };
  };
  const gridRequest: AssignRequest = {
    ...request,
    trial: async (_, spec) => gridTrial(spec),
    lossRise: async (name, spec) => (name === 'loud' ? 256 : 1) * step(spec) ** 2,
  };
  const steps = async (tensorsOf: AssignRequest['tensors']) => {
    const chosen = options({ family: 'grid', bits: 6.5 });
    const choice = await assigner.assign({ ...gridRequest, tensors: tensorsOf }, chosen);
    for (const { id, inner } of choice.values()) expect([id, inner?.id]).toEqual(['rans', 'grid']);
    return step(choice.get('quiet')!) / step(choice.get('loud')!);
  };

  test('a tensor 256 times as sensitive gets a step 16 times finer', async () => {
    // The candidates have four steps to the octave.
    expect(Math.abs(Math.log2(await steps(tensors)) - 4)).toBeLessThanOrEqual(0.25);
  });

  test('tables have their loss measured at each tried step', async () => {
    const tables = tensors.map((tensor) => ({ ...tensor, role: 'embedding' as const }));
    expect(Math.abs(Math.log2(await steps(tables)) - 4)).toBeLessThanOrEqual(0.25);
  });

  test('a token table takes steps by row counts if the measured loss is lower with them', async () => {
    const table = { ...tensors[0], role: 'embedding' as const };
    const rows = async (better: string) => {
      const lossRise = async (_: string, spec: CodecSpec) =>
        step(spec) ** 2 * (spec.inner!.options.rows === better ? 1 : 3);
      const chosen = options({ family: 'grid', bits: 3 });
      const choice = await assigner.assign({ ...gridRequest, tensors: [table], lossRise }, chosen);
      return choice.get('quiet')!.inner!.options.rows;
    };
    expect([await rows('counts'), await rows('uniform')]).toEqual(['counts', 'uniform']);
  });

  test('between tried steps, bytes are linear in the logarithm of the step and distortion is a power of it', () => {
    const tried = [
      { step: 0.25, bytes: 600, distortion: 1 },
      { step: 1, bytes: 400, distortion: 16 },
      { step: 2, bytes: 320, distortion: 32 },
    ];
    expect(interpolate(tried, 0.5)).toEqual({ bytes: 500, distortion: expect.closeTo(4, 12) });
    expect(interpolate(tried, 2)).toEqual({ bytes: 320, distortion: expect.closeTo(32, 12) });
    expect(interpolate(tried, 0.125)).toEqual({ bytes: 700, distortion: expect.closeTo(0.25, 12) });
    expect(interpolate(tried, 4)).toEqual({ bytes: 240, distortion: expect.closeTo(64, 12) });
  });
});
