import { describe, expect, test } from 'vitest';
import { formatCodec } from '../../../codecs/contract/spec';
import { sampleRecord } from '../../../testing/sampleRecord';
import { EMBEDDED_NAMES } from '../../plan/build';
import type { LabRecord } from '../../results/record';
import type { TaskResult } from '../../results/taskResult';
import { namedPlans } from './registry';

const [skills, tasks] = ['skills', 'tasks'].map((id) => namedPlans.get(id)!);
const request = (overrides = {}) => ({ names: EMBEDDED_NAMES, overrides });
const model = { ...sampleRecord().model, id: 'skills' };

/** What 200 examples gave, 190 right for the baseline, and `right` of them for the codec. */
function result(task: string, id: string, right: number, isBaseline: boolean): TaskResult {
  const baseline = { value: 0.95, standardError: 0.0154 };
  const delta = right / 200 - 0.95;
  const comparison = {
    ...{ baseline, delta, deltaCi95: [delta - 0.02, delta + 0.02] as [number, number] },
    ...{ changePercent: 100 * (right / 190 - 1), withinTenPercent: 'holds' as const },
  };
  return {
    ...{ task, label: task, dataset: task, datasetSha256: '', examples: 200, leftOut: [], samples: [] },
    metrics: [
      {
        ...{ id, label: id, kind: 'proportion', value: right / 200, standardError: 0.02 },
        ...(!isBaseline && { comparison }),
      },
    ],
    examplesPerSecond: 12.34,
  };
}

function recordOf(spec: string, over: Partial<LabRecord> = {}): LabRecord {
  const isBaseline = over.role === 'baseline';
  return sampleRecord({
    ...{ id: spec, model, codec: { ...sampleRecord().codec, spec } },
    tasks: [
      result('skills-strings', 'pass@1', 180, isBaseline),
      result('skills-arithmetic', 'exact-match', 184, isBaseline),
    ],
    ...over,
  });
}

describe('skills', () => {
  const [plan] = skills.plans(request());

  test('asks the model that was trained on them everything that was held out', () => {
    expect(plan).toMatchObject({ model: 'skills', data: 'skills', verdict: false });
    expect(plan.tasks).toEqual(['skills-strings', 'skills-arithmetic']);
    expect(plan.taskExamples).toBeUndefined();
    expect(plan.calibration).toMatchObject({ data: 'skills-calibration', windows: 32 });
  });

  test('has a row for each codec with what it gets right of both, and the difference from float32', () => {
    const spec = 'rtn(bits=3,group=32)';
    const records = [recordOf('float32', { role: 'baseline' }), recordOf(spec)];
    const text = skills.table({ records, failures: new Map(), shapes: new Map() });
    for (const { id, ...rest } of plan.codecs) expect(text).toContain(`\`${formatCodec({ id, ...rest })}\``);
    const row = text.split('\n').find((line) => line.includes(spec))!;
    // 180 of 200 are 90 %, five points below 190 of 200; 184 are 92 %.
    expect(row).toContain('| 90.0 ± 2.0 % | −5.0 [−7.0, −3.0] | holds | 12.3 |');
    expect(row).toContain('| 92.0 ± 2.0 % | −3.0 [−5.0, −1.0] | holds | 12.3 |');
    expect(text).toMatch(/^\| float32 baseline \|.*\| 90\.0 ± 2\.0 % \| – \| – \| 12\.3 \|/m);
  });
});

test('the plan of tasks asks all that ship, and its table has their speeds', () => {
  const [plan] = tasks.plans(request());
  expect(plan).toMatchObject({ model: 'stories260K', taskExamples: 32 });
  expect(plan.tasks).toHaveLength(6);
  const text = tasks.table({ records: [recordOf('float16')], failures: new Map(), shapes: new Map() });
  expect(text).toMatch(/\| skills-strings \| 200 \| pass@1 \| 90\.0 ± 2\.0 % \|.*\| holds \| 12\.3 \|/);
});

test.each([skills, tasks])('$id refuses a model of images', (plan) =>
  expect(() => plan.plans(request({ model: 'vit-cifar10' }))).toThrow(/"vit-cifar10" classifies images/),
);
