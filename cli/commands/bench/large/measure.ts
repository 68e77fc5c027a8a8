import { readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { LabError } from '../../../../src/base/errors';
import type { CodecSpec } from '../../../../src/codecs/contract/meta';
import { needsCalibration } from '../../../../src/codecs/contract/registry';
import { formatCodec } from '../../../../src/codecs/contract/spec';
import type { ComputeChoice } from '../../../../src/lab/compute';
import { PLAN_PARAMETERS } from '../../../../src/lab/plan/parameters';
import { parseRecord, type LabRecord } from '../../../../src/lab/results/record';
import { runProcess, type ProcessCost } from '../../../shared/commandProcess';

/** What a sweep of one codec measures a large model on. */
const WINDOWS = 8;
const CONTEXT = 512;
const DATA = 'tinystories';
const CALIBRATION = 'tinystories-calibration';

/** One compression and its cost. */
export interface Compression extends ProcessCost {
  artefactBytes: number;
}

/** One measurement and its cost. */
export interface MeasuredPerplexity extends ProcessCost {
  /** Perplexity of the codec, and of the float32 model. */
  perplexity: number;
  baseline: number;
  /** Whether the model was measured part by part. */
  inParts: boolean;
}

interface Call {
  model: string;
  spec: CodecSpec;
  /** Calibration windows, if the codec needs any. */
  calibrationWindows: number;
  /** Bytes that a measurement, or an assigner, may take. */
  memory: number;
  adapter?: string;
  compute: ComputeChoice;
}

/** Compresses a model to a file. @throws LabError internal; Cancelled */
export async function measureCompression(call: Call, out: string, signal: AbortSignal): Promise<Compression> {
  const cost = await runProcess('compress', argumentsOf({ ...optionsOf(call), out }), signal);
  return { artefactBytes: (await stat(out)).size, ...cost };
}

/**
 * Measures a codec's perplexity with limited memory.
 * @param out folder for the records
 * @throws LabError internal; Cancelled
 */
export async function measurePerplexity(
  call: Call,
  out: string,
  signal: AbortSignal,
): Promise<MeasuredPerplexity> {
  const options = { ...optionsOf(call), data: DATA, verdict: 'off', windows: WINDOWS, out };
  const cost = await runProcess('sweep', argumentsOf(options), signal);
  const { quality, validity } = await recordIn(out);
  const { value: perplexity, baseline } = quality;
  return { perplexity, baseline: baseline.value, inParts: validity.includes('in-parts'), ...cost };
}

async function recordIn(folder: string): Promise<LabRecord> {
  const records = JSON.parse(await readFile(join(folder, 'records.json'), 'utf8')) as unknown[];
  const record = records.map(parseRecord).find(({ role }) => role === 'codec');
  if (record) return record;
  throw new LabError(
    'internal',
    `The sweep left no record of its codec in ${folder}.`,
    'Please report this.',
  );
}

/** Returns the options that both commands take. */
function optionsOf({ model, spec, calibrationWindows, memory, adapter, compute }: Call) {
  return {
    ...{ model, codec: formatCodec(spec), context: CONTEXT, compute },
    memory: PLAN_PARAMETERS.memory.format(memory),
    ...(needsCalibration(spec)
      ? { calibration: CALIBRATION, 'calibration-windows': calibrationWindows }
      : { calibration: 'none' }),
    ...(adapter !== undefined && { adapter }),
  };
}

function argumentsOf(options: Readonly<Record<string, string | number>>): string[] {
  return Object.entries(options).flatMap(([key, value]) => [`--${key}`, String(value)]);
}
