import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import type { ModelShape } from '../../models/architecture';
import { parseJsonObject } from '../../models/load/json';
import { architectureFor } from '../../models/registry';
import { canRun, estimateMemory, type DeviceLimits } from './memory';
import { buildPlan, EMBEDDED_NAMES } from '../plan/build';
import type { PlanFields } from '../plan/parameters';
import { parseRecord, type LabRecord } from '../results/record';

const GIB = 2 ** 30;
/** WebGPU's guaranteed limit. */
const PORTABLE: DeviceLimits = { maxBindingBytes: 128 << 20, software: false };
const SOFTWARE: DeviceLimits = { ...PORTABLE, software: true };

/** config.json of distilbert/distilgpt2 as published. */
const DISTILGPT2 = {
  ...{ model_type: 'gpt2', activation_function: 'gelu_new', vocab_size: 50257, n_positions: 1024 },
  ...{ n_embd: 768, n_layer: 6, n_head: 12, layer_norm_epsilon: 1e-5 },
};

function shapeOf(config: Record<string, unknown>): ModelShape {
  return architectureFor(config).configure(config);
}

function embedded(id: string): ModelShape {
  return shapeOf(parseJsonObject('config.json', readFileSync(`public/models/${id}/config.json`)));
}

const world = { ...EMBEDDED_NAMES, model: () => ({ id: 'model', task: 'language-model' as const }) };
const planFor = (fields: PlanFields = {}) => buildPlan({ ...fields, model: 'model' }, world);

const examples = (JSON.parse(readFileSync('public/examples/records.json', 'utf8')) as unknown[]).map(
  parseRecord,
);

describe('the memory of a plan', () => {
  test.each(['stories260K', 'gpt2-tinystories', 'vit-cifar10'])(
    'GPU bytes of %s are near the peak that was measured',
    (id) => {
      const measured = peak(examples.filter((r) => r.model.id === id && r.role === 'codec'));
      const { gpu } = estimateMemory(embedded(id), buildPlan({ model: id }, EMBEDDED_NAMES), SOFTWARE);
      expect(gpu / measured).toBeGreaterThan(0.9);
      expect(gpu / measured).toBeLessThan(1.5);
    },
  );

  test('distilgpt2 fits the portable binding limit: its table of 147 MiB is split', () => {
    const needs = estimateMemory(shapeOf(DISTILGPT2), planFor(), PORTABLE);
    expect(4 * 50257 * 768).toBeGreaterThan(PORTABLE.maxBindingBytes);
    expect(needs.largestBuffer).toBeLessThanOrEqual(PORTABLE.maxBindingBytes);
    // Two copies of 81,912,576 float32 weights (the published count), and less than half a gigabyte besides.
    expect(needs.gpu).toBeGreaterThan(8 * 81_912_576);
    expect(needs.gpu).toBeLessThan(8 * 81_912_576 + GIB / 2);
    expect(canRun(shapeOf(DISTILGPT2), planFor(), PORTABLE, needs).can).toBe('unknown');
  });

  test('files that stay in memory and float32 artefacts count', () => {
    const shape = shapeOf(DISTILGPT2);
    const plain = estimateMemory(shape, planFor(), PORTABLE).host;
    expect(estimateMemory(shape, planFor(), PORTABLE, 1000).host).toBe(plain + 1000);
    const wide = estimateMemory(shape, planFor({ rest: 'float32' }), PORTABLE).host;
    expect(wide - plain).toBe(4 * 81_912_576);
  });

  test('calibration needs a Gram matrix of each input, also for the errors of layers’ outputs alone', () => {
    const shape = shapeOf(DISTILGPT2);
    const rtn = [{ id: 'rtn', options: {} }];
    const more =
      estimateMemory(shape, planFor({ codec: rtn }), PORTABLE).gpu -
      estimateMemory(shape, planFor({ codec: rtn, calibration: 'none' }), PORTABLE).gpu;
    // Six blocks with three inputs of 768 columns and the MLP's of 3072; the head's of 768.
    expect(more).toBeGreaterThanOrEqual(4 * (6 * (3 * 768 ** 2 + 3072 ** 2) + 768 ** 2));
  });

  test('errors of outputs are left out where their Gram matrices would take more than half a gigabyte', () => {
    const shape = shapeOf({ ...DISTILGPT2, n_embd: 1536 });
    const gpu = (id: string, calibration?: string) =>
      estimateMemory(
        shape,
        planFor({ codec: [{ id, options: {} }], ...(calibration && { calibration }) }),
        PORTABLE,
      ).gpu;
    expect(gpu('rtn')).toBe(gpu('rtn', 'none'));
    expect(gpu('gptq')).toBeGreaterThan(gpu('rtn') + 6 * 4 * 6144 ** 2);
  });
});

describe('a model that needs more than the memory allowed', () => {
  const shape = shapeOf(DISTILGPT2);
  const estimate = (memory: number, device = PORTABLE) => estimateMemory(shape, planFor({ memory }), device);

  test('is measured part by part: two heads, or the largest stage', () => {
    expect(estimate(2 * GIB).inParts).toBe(false);
    const needs = estimate(GIB / 2);
    expect(needs.inParts).toBe(true);
    // Two token tables of 50,257 × 768, and less than 100 MB besides.
    expect(needs.gpu).toBeGreaterThan(8 * 50257 * 768);
    expect(needs.gpu).toBeLessThan(8 * 50257 * 768 + 100e6);
    expect(canRun(shape, planFor({ memory: GIB / 2 }), PORTABLE, needs)).toMatchObject({
      can: 'yes',
      text: expect.stringMatching(/^Needs about 3\d\d MB on the GPU .*measured part by part/) as string,
    });
  });

  test('is so on the CPU earlier, whose copies count', () => {
    expect(estimate(1.6 * GIB).inParts).toBe(false);
    expect(estimate(1.6 * GIB, { ...PORTABLE, cpu: true }).inParts).toBe(true);
  });

  test('cannot run if its largest part exceeds it', () => {
    const plan = planFor({ memory: 1 << 28 });
    expect(canRun(shape, plan, PORTABLE, estimate(1 << 28))).toMatchObject({
      can: 'no',
      text: expect.stringMatching(
        /does not fit the 268 MB that the plan allows: allow more memory\.$/,
      ) as string,
    });
  });

  test('is so by default where the device knows its memory', () => {
    const known = { ...PORTABLE, budgetBytes: GIB / 2 };
    expect(estimateMemory(shape, planFor(), known).inParts).toBe(true);
    expect(estimateMemory(shape, planFor({ memory: 2 * GIB }), known).inParts).toBe(false);
  });
});

describe('whether a device can run a plan', () => {
  test('no: one row of activations exceeds its bindings, and the text names a remedy', () => {
    const shape = shapeOf(DISTILGPT2);
    const plan = planFor({ context: 1024, windows: 2 });
    const small = { ...PORTABLE, maxBindingBytes: 1 << 20 };
    const { can, text } = canRun(shape, plan, small, estimateMemory(shape, plan, small));
    expect(can).toBe('no');
    expect(text).toMatch(/This device cannot run it: one piece takes 12\.6 MB.*1\.05 MB.*shorter context\.$/);
  });

  test('no: the context is longer than the model’s', () => {
    const shape = shapeOf(DISTILGPT2);
    const plan = planFor({ context: 2048 });
    expect(canRun(shape, plan, PORTABLE, estimateMemory(shape, plan, PORTABLE))).toMatchObject({
      can: 'no',
      text: expect.stringContaining('made for 1,024 tokens') as string,
    });
  });

  test('memory is compared if the browser reports it, and 8 GiB may be more', () => {
    const shape = shapeOf({ ...DISTILGPT2, n_layer: 96, n_embd: 1536 });
    const plan = planFor();
    const at = (memoryBytes: number) => {
      const device = { ...SOFTWARE, memoryBytes };
      return canRun(shape, plan, device, estimateMemory(shape, plan, device));
    };
    expect(at(4 * GIB)).toMatchObject({ can: 'unknown', text: expect.stringMatching(/may run out\.$/) });
    expect(at(8 * GIB)).toMatchObject({ can: 'yes', text: expect.stringMatching(/in software\.$/) });
  });
});

function peak(records: readonly LabRecord[]): number {
  return Math.max(...records.map((r) => r.speed.peakGpuBytes ?? NaN));
}
