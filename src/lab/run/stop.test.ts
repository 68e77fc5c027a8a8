import { describe, expect, test } from 'vitest';
import { parseCodecs } from '../../codecs/contract/spec';
import { nodeCpuLab } from '../../platform/node/lab';
import { nodeRuntime } from '../../platform/node/onnxRuntime';
import { buildPlan, EMBEDDED_NAMES } from '../plan/build';
import type { LabEvent } from './events';
import { runPlan } from './run';

const lab = nodeCpuLab(await nodeRuntime());

/** The longest that Stop may take. Two seconds are the aim. */
const STOP_MS = 5000;

/** Runs a plan without an adapter, and stops it at the first step that matches. @returns milliseconds from Stop to the end */
async function stopAt(codec: string, step: RegExp): Promise<{ ms: number; events: LabEvent[] }> {
  const fields = { model: 'gpt2-tinystories', windows: 4, 'calibration-windows': 8 };
  const plan = buildPlan({ ...fields, codec: parseCodecs(codec) }, EMBEDDED_NAMES);
  const controller = new AbortController();
  const events: LabEvent[] = [];
  let stopped = NaN;
  for await (const event of runPlan(lab, plan, { signal: controller.signal })) {
    events.push(event);
    if (controller.signal.aborted || event.type !== 'progress' || !step.test(event.progress.step)) continue;
    stopped = performance.now();
    controller.abort();
  }
  return { ms: performance.now() - stopped, events };
}

describe('Stop without an adapter', () => {
  test.each([
    ['the baseline is measured', 'rtn(bits=4)', /baseline: measuring/],
    ['calibration data are read', 'gptq', /reading calibration data/],
    ['a calibrated codec encodes', 'gptq', /compressing/],
    ['a codec is measured', 'rtn(bits=4)', /^rtn.*measuring/],
    ['an opponent is looked for', 'float16', /looking for its opponent/],
  ])('takes effect while %s', async (_, codec, step) => {
    const { ms, events } = await stopAt(codec, step);
    expect(events.at(-1)).toEqual({ type: 'done', status: 'stopped' });
    expect(ms).toBeLessThan(STOP_MS);
  });
});
