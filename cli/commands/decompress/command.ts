import { stat } from 'node:fs/promises';
import { Artefact } from '../../../src/artefact/read';
import { restoredModel } from '../../../src/artefact/restored';
import type { LabError } from '../../../src/base/errors';
import { float32Folder } from '../../../src/models/load/export';
import { runCommand } from '../../shared/command';
import { usage } from '../../shared/options';
import { nodeCodingLab } from '../../../src/platform/node/lab';
import { isModelFile } from '../../../src/models/load/modelFile';
import { writeCheckpointFolder } from '../../../src/platform/node/checkpointFolder';
import { openModel } from '../../../src/platform/node/models';
import { openLocal } from '../../../src/platform/node/localFile';
import { DECOMPRESS_HELP, parseDecompress, type DecompressRequest } from './options';
import { checkpointText, decompressText } from './report';

/** Runs `npm run decompress`. @returns the exit code */
export function main(args: readonly string[]): Promise<number> {
  return runCommand({ help: DECOMPRESS_HELP, parse: parseDecompress, execute: decompress }, args);
}

async function decompress(request: DecompressRequest, signal: AbortSignal): Promise<number> {
  if (await isCheckpoint(request.file)) return decompressCheckpoint(request, signal);
  const base = request.base === undefined ? undefined : await openModel(request.base, signal);
  const artefact = await Artefact.open(await openLocal(request.file), base);
  if (base && !artefact.metadata.base) throw needlessBase(request.file);
  const lab = await nodeCodingLab(request.adapter, request.compute);
  try {
    await writeCheckpointFolder(
      request.out,
      float32Folder(restoredModel(lab.processor, artefact, signal)),
      signal,
    );
  } finally {
    lab.gpu?.destroy();
  }
  process.stdout.write(decompressText(request, artefact));
  return 0;
}

function needlessBase(file: string): LabError {
  return usage(`${file} is not the difference from a base: it has all weights itself.`, 'Leave out --base.');
}

/** Whether the path is a folder, a GGUF file or an ONNX file, which others may have quantised, and not an artefact. */
async function isCheckpoint(path: string): Promise<boolean> {
  if (isModelFile(path)) return true;
  const found = await stat(path).catch(() => undefined);
  return found?.isDirectory() ?? false;
}

async function decompressCheckpoint(
  { file, out, base }: DecompressRequest,
  signal: AbortSignal,
): Promise<number> {
  if (base !== undefined) throw needlessBase(file);
  const model = await openModel(file, signal);
  await writeCheckpointFolder(out, float32Folder(model), signal);
  process.stdout.write(checkpointText(out, model, await model.stored?.()));
  return 0;
}
