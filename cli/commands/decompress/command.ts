import { rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { Artefact } from '../../../src/artefact/read';
import { restoredModel } from '../../../src/artefact/restored';
import { LabError } from '../../../src/base/errors';
import {
  exportBesideWeights,
  exportWeights,
  WEIGHTS_FILE,
  type Exportable,
} from '../../../src/models/load/export';
import { ASSETS } from '../../../src/models/load/load';
import { runCommand } from '../../shared/command';
import { nodeCodingLab } from '../../../src/platform/node/lab';
import { makeFolder, writeWhole } from '../../../src/platform/node/writeFile';
import { isModelFile } from '../../../src/models/load/modelFile';
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
  const artefact = await Artefact.open(await openLocal(request.file));
  checkAssets(artefact);
  const lab = await nodeCodingLab(request.adapter, request.compute);
  try {
    await writeFolder(request.out, restoredModel(lab.processor, artefact, signal), signal);
  } finally {
    lab.gpu?.destroy();
  }
  process.stdout.write(decompressText(request, artefact));
  return 0;
}

/** Whether the path is a folder, a GGUF file or an ONNX file, which others may have quantised, and not an artefact. */
async function isCheckpoint(path: string): Promise<boolean> {
  if (isModelFile(path)) return true;
  const found = await stat(path).catch(() => undefined);
  return found?.isDirectory() ?? false;
}

async function decompressCheckpoint({ file, out }: DecompressRequest, signal: AbortSignal): Promise<number> {
  const model = await openModel(file, signal);
  await writeFolder(out, model, signal);
  process.stdout.write(checkpointText(out, model, await model.stored?.()));
  return 0;
}

/**
 * Writes the model tensor by tensor, since its float32 weights may not fit into memory. A folder created for it is
 * removed on failure.
 */
async function writeFolder(folder: string, model: Exportable, signal: AbortSignal): Promise<void> {
  const made = await makeFolder(folder);
  try {
    await writeWhole(join(folder, WEIGHTS_FILE), exportWeights(model, signal));
    for (const [name, bytes] of exportBesideWeights(model)) await writeWhole(join(folder, name), bytes);
  } catch (error) {
    if (made !== undefined) await rm(made, { recursive: true, force: true });
    throw error;
  }
}

/**
 * Refuses unknown assets: an artefact is untrusted, and the name of an asset could point outside the folder or at the
 * weights.
 */
function checkAssets({ assets }: Artefact): void {
  for (const name of assets.keys())
    if (!ASSETS.includes(name))
      throw new LabError(
        'bad-file',
        `The artefact contains a file ${JSON.stringify(name.slice(0, 80))}, which no model has.`,
        `Only these are restored: ${ASSETS.join(', ')}.`,
      );
}
