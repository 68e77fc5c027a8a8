import {
  hostRate,
  timeEncoding,
  type EncodeTiming,
  type FittedRates,
} from '../../../../src/lab/estimate/encodeTiming';
import { measureOverheads } from '../../../../src/lab/estimate/deviceSpeed';
import type { Lab } from '../../../../src/lab/lab';
import { DEFAULT_CALIBRATION, DEFAULT_SEED } from '../../../../src/lab/plan/presets';
import type { Model } from '../../../../src/models/model';
import { nodeGpuLab } from '../../../../src/platform/node/lab';
import { runCommand } from '../../../shared/command';
import { GPTQ_HELP, parseGptq, type GptqRequest } from './options';
import { gptqText } from './report';

/** Runs `npm run bench -- gptq`. @returns the exit code */
export function main(args: readonly string[]): Promise<number> {
  return runCommand({ help: GPTQ_HELP, parse: parseGptq, execute: bench }, args);
}

async function bench(request: GptqRequest, signal: AbortSignal): Promise<number> {
  const lab = await nodeGpuLab(request.adapter);
  try {
    const timed: { model: Model; timing: EncodeTiming }[] = [];
    for (const id of request.models) {
      process.stderr.write(`${id}\n`);
      const model = await lab.openModel(id, signal);
      timed.push({ model, timing: await secondTiming(lab, model, request, signal) });
    }
    timed.sort((a, b) => a.timing.parameters - b.timing.parameters);
    const rates = await fit(lab, timed[0].timing, timed.at(-1)!.model, signal);
    const timings = timed.map(({ timing }) => timing);
    process.stdout.write(gptqText(lab, request, timings, rates));
    return 0;
  } finally {
    lab.gpu.destroy();
  }
}

/** Encodes twice and returns the second timing, since the first run also compiles shaders. */
async function secondTiming(
  lab: Lab,
  model: Model,
  { spec, windows, context }: GptqRequest,
  signal: AbortSignal,
): Promise<EncodeTiming> {
  const calibration = { data: DEFAULT_CALIBRATION['language-model'], windows, draws: 1 };
  const options = { spec, context, seed: DEFAULT_SEED, signal };
  const few = { ...calibration, windows: Math.min(windows, 2) };
  await timeEncoding(lab, model, { ...options, calibration: few });
  return timeEncoding(lab, model, { ...options, calibration });
}

async function fit(
  lab: Lab,
  smallest: EncodeTiming,
  largest: Model,
  signal: AbortSignal,
): Promise<FittedRates> {
  return {
    flopsPerSecond: smallest.calibration / smallest.seconds.calibrate,
    hostFlopsPerSecond: hostRate(largest),
    ...(await measureOverheads(lab, signal)),
  };
}
