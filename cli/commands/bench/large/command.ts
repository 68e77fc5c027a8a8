import { mkdtemp, rm, statfs } from 'node:fs/promises';
import { loadavg } from 'node:os';
import { join } from 'node:path';
import { LabError } from '../../../../src/base/errors';
import { needsCalibration } from '../../../../src/codecs/contract/registry';
import { formatCodec } from '../../../../src/codecs/contract/spec';
import { bytes } from '../../../../src/base/format';
import { adapterName } from '../../../../src/lab/lab';
import { DEFAULT_SEED } from '../../../../src/lab/plan/presets';
import type { ModelShape } from '../../../../src/models/architecture';
import { architectureFor } from '../../../../src/models/registry';
import { writeBenchmark } from '../report';
import { runCommand } from '../../../shared/command';
import { guarded, makeFolder } from '../../../../src/platform/node/writeFile';
import { writeGeneratedCheckpoint } from './checkpoint';
import type { LargeModel } from './largeModels';
import { LARGE_HELP, parseLarge, type LargeRequest } from './options';
import { boundLines, compressionTable, measurementTable, type LargeRow } from './report';
import { measureCompression, measurePerplexity } from './measure';
import { nodeGpuLab } from '../../../../src/platform/node/lab';
import { projectFolder } from '../../../../src/platform/node/paths';

/** Disk space as a multiple of the checkpoint's size: the checkpoint, and an artefact of at most half of it twice. */
const DISK_FACTOR = 2;
/** Models whose context holds the windows that perplexity is measured on. */
const MEASURED: ReadonlySet<string> = new Set(['124M', '350M', '1.3B']);

/** Runs `npm run bench -- large`. @returns the exit code */
export function main(args: readonly string[]): Promise<number> {
  return runCommand({ help: LARGE_HELP, parse: parseLarge, execute: bench }, args);
}

async function bench(request: LargeRequest, signal: AbortSignal): Promise<number> {
  const { adapter, runtime } = await adapterOf(request.adapter);
  const { spec, memory, compute, out } = request;
  const codec = formatCodec(spec);
  const calibrationWindows = needsCalibration(spec) ? request.calibrationWindows : undefined;
  process.stdout.write(`\`${codec}\` on ${adapter} (${runtime})\n\n`);
  const rows: LargeRow[] = [];
  for (const model of request.models) {
    process.stderr.write(`${model.label}\n`);
    rows.push(await measure(model, request, signal));
    // Rows take long, and those that are finished survive a failure of the next.
    const record = { ...{ runtime, adapter, codec, compute, memory, calibrationWindows }, rows };
    if (out !== undefined) await writeBenchmark(out, { schema: 'bitcurve.large/3', ...record });
  }
  process.stdout.write(`${compressionTable(rows)}\n\n${measurementTable(rows, memory)}\n`);
  const bounds = request.models.flatMap((model, i) => boundLines(model, rows[i]));
  for (const { line } of bounds) process.stdout.write(`\n${line}\n`);
  return bounds.every(({ kept }) => kept) ? 0 : 1;
}

/** Returns the names of adapter and runtime. The device is closed again, since each measured process opens its own. */
async function adapterOf(adapter: string | undefined): Promise<{ adapter: string; runtime: string }> {
  const { gpu, runtime } = await nodeGpuLab(adapter);
  const name = adapterName(gpu);
  gpu.destroy();
  return { adapter: name, runtime };
}

async function measure(model: LargeModel, request: LargeRequest, signal: AbortSignal): Promise<LargeRow> {
  const folder = await freshFolder(request.folder ?? join(projectFolder(), '.cache'), model);
  try {
    const checkpoint = join(folder, 'model');
    const { shape, bytes } = await writeGeneratedCheckpoint(
      checkpoint,
      model.config(model.blocks),
      DEFAULT_SEED,
      signal,
    );
    const call = { ...request, model: checkpoint };
    const artefact = join(folder, 'artefact.safetensors');
    const compression = await measureCompression(call, artefact, signal);
    await rm(artefact);
    const { name, label } = model;
    const row = { name, label, parameters: shape.parameters, checkpointBytes: bytes, compression };
    if (!MEASURED.has(name)) return { ...row, loadAverage: loadavg() };
    const measurement = await measurePerplexity(call, join(folder, 'records'), signal);
    return { ...row, measurement, loadAverage: loadavg() };
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function freshFolder(parent: string, model: LargeModel): Promise<string> {
  await makeFolder(parent);
  await requireSpace(parent, model);
  return guarded(parent, () => mkdtemp(join(parent, 'large-')));
}

function shapeOf(config: ReturnType<LargeModel['config']>): ModelShape {
  return architectureFor(config).configure(config);
}

async function requireSpace(folder: string, { label, config, blocks }: LargeModel): Promise<void> {
  const { bavail, bsize } = await statfs(folder);
  const needed = DISK_FACTOR * 4 * shapeOf(config(blocks)).parameters;
  if (bavail * bsize >= needed) return;
  throw new LabError(
    'storage',
    `${label} needs ${bytes(needed)} in ${folder}, but only ${bytes(bavail * bsize)} are free.`,
    'Free some space, choose another --folder, or remove the model from --sizes.',
  );
}
