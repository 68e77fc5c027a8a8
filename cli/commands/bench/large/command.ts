import { mkdtemp, rm, statfs } from 'node:fs/promises';
import { join } from 'node:path';
import { LabError } from '../../../../src/base/errors';
import { formatCodec } from '../../../../src/codecs/contract/spec';
import { bytes } from '../../../../src/base/format';
import { adapterName } from '../../../../src/lab/lab';
import { DEFAULT_SEED } from '../../../../src/lab/plan/presets';
import { architectureFor } from '../../../../src/models/registry';
import { writeBenchmark } from '../report';
import { runCommand } from '../../../shared/command';
import { guarded, makeFolder } from '../../../../src/platform/node/writeFile';
import { writeGeneratedCheckpoint } from './checkpoint';
import type { LargeModel } from './largeModels';
import { LARGE_HELP, parseLarge, type LargeRequest } from './options';
import { boundLine, largeTable, type LargeRow } from './report';
import { runCompress } from './compressProcess';
import { nodeGpuLab } from '../../../../src/platform/node/lab';
import { projectFolder } from '../../../../src/platform/node/paths';

/** Disk space as a multiple of the checkpoint's size: the checkpoint, and an artefact of at most half of it twice. */
const DISK_FACTOR = 2;

/** Runs `npm run bench -- large`. @returns the exit code */
export function main(args: readonly string[]): Promise<number> {
  return runCommand({ help: LARGE_HELP, parse: parseLarge, execute: bench }, args);
}

async function bench(request: LargeRequest, signal: AbortSignal): Promise<number> {
  const { adapter, runtime } = await adapterOf(request.adapter);
  const codec = formatCodec(request.spec);
  process.stdout.write(`\`${codec}\` on ${adapter} (${runtime})\n\n`);
  const rows: LargeRow[] = [];
  for (const model of request.models) {
    process.stderr.write(`${model.label}\n`);
    rows.push(await measure(model, request, signal));
  }
  process.stdout.write(`${largeTable(rows)}\n`);
  if (request.out)
    await writeBenchmark(request.out, { schema: 'bitcurve.large/1', runtime, adapter, codec, rows });
  const bounds = request.models.map((model, i) => boundLine(model, rows[i]));
  for (const bound of bounds) if (bound) process.stdout.write(`\n${bound.line}\n`);
  return bounds.every((bound) => bound?.kept ?? true) ? 0 : 1;
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
    const { shape, bytes } = await writeGeneratedCheckpoint(checkpoint, model.config, DEFAULT_SEED, signal);
    const out = join(folder, 'artefact.safetensors');
    const run = await runCompress({ ...request, model: checkpoint, out }, signal);
    const { name, label } = model;
    return { name, label, parameters: shape.parameters, checkpointBytes: bytes, ...run };
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function freshFolder(parent: string, model: LargeModel): Promise<string> {
  await makeFolder(parent);
  await requireSpace(parent, model);
  return guarded(parent, () => mkdtemp(join(parent, 'large-')));
}

async function requireSpace(folder: string, { label, config }: LargeModel): Promise<void> {
  const { bavail, bsize } = await statfs(folder);
  const needed = DISK_FACTOR * 4 * architectureFor(config).configure(config).parameters;
  if (bavail * bsize >= needed) return;
  throw new LabError(
    'storage',
    `${label} needs ${bytes(needed)} in ${folder}, but only ${bytes(bavail * bsize)} are free.`,
    'Free some space, choose another --folder, or remove the model from --sizes.',
  );
}
