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
import type { Rung } from './ladder';
import { LARGE_HELP, parseLarge, type LargeRequest } from './options';
import { boundLine, largeTable, type LargeRow } from './report';
import { runCompress } from './compressProcess';
import { nodeLab } from '../../../../src/platform/node/lab';
import { projectFolder } from '../../../../src/platform/node/paths';

/** The checkpoint, and twice an artefact of at most half of it. */
const SPACE = 2;

/** `npm run bench -- large`. @returns the exit code */
export function main(args: readonly string[]): Promise<number> {
  return runCommand({ help: LARGE_HELP, parse: parseLarge, execute: bench }, args);
}

async function bench(request: LargeRequest, signal: AbortSignal): Promise<number> {
  const { adapter, runtime } = await adapterOf(request.adapter);
  const codec = formatCodec(request.spec);
  process.stdout.write(`\`${codec}\` on ${adapter} (${runtime})\n\n`);
  const rows: LargeRow[] = [];
  for (const rung of request.rungs) {
    process.stderr.write(`${rung.label}\n`);
    rows.push(await measure(rung, request, signal));
  }
  process.stdout.write(`${largeTable(rows)}\n`);
  if (request.out)
    await writeBenchmark(request.out, { schema: 'bitcurve.large/1', runtime, adapter, codec, rows });
  const bounds = request.rungs.map((rung, i) => boundLine(rung, rows[i]));
  for (const bound of bounds) if (bound) process.stdout.write(`\n${bound.line}\n`);
  return bounds.every((bound) => bound?.kept ?? true) ? 0 : 1;
}

/** Opened for its name only: the processes that are measured open it again. */
async function adapterOf(adapter: string | undefined): Promise<{ adapter: string; runtime: string }> {
  const { gpu, runtime } = await nodeLab(adapter);
  const name = adapterName(gpu);
  gpu.destroy();
  return { adapter: name, runtime };
}

async function measure(rung: Rung, request: LargeRequest, signal: AbortSignal): Promise<LargeRow> {
  const folder = await freshFolder(request.folder ?? join(projectFolder(), '.cache'), rung);
  try {
    const model = join(folder, 'model');
    const { shape, bytes } = await writeGeneratedCheckpoint(model, rung.config, DEFAULT_SEED, signal);
    const out = join(folder, 'artefact.safetensors');
    const run = await runCompress({ ...request, model, out }, signal);
    const { name, label } = rung;
    return { name, label, parameters: shape.parameters, checkpointBytes: bytes, ...run };
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function freshFolder(parent: string, rung: Rung): Promise<string> {
  await makeFolder(parent);
  await requireSpace(parent, rung);
  return guarded(parent, () => mkdtemp(join(parent, 'large-')));
}

async function requireSpace(folder: string, { label, config }: Rung): Promise<void> {
  const { bavail, bsize } = await statfs(folder);
  const needed = SPACE * 4 * architectureFor(config).configure(config).parameters;
  if (bavail * bsize >= needed) return;
  throw new LabError(
    'storage',
    `${label} needs ${bytes(needed)} in ${folder}; ${bytes(bavail * bsize)} are free.`,
    'Free some space, name another --folder, or leave it out of --sizes.',
  );
}
