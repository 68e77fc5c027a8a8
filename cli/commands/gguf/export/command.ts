import { basename, extname } from 'node:path';
import { Artefact } from '../../../../src/artefact/read';
import { restoredModel } from '../../../../src/artefact/restored';
import { sha256Hex } from '../../../../src/base/checksum';
import { exportGguf, type GgufExport } from '../../../../src/models/gguf/export';
import type { GgufFileType } from '../../../../src/models/gguf/fileTypes';
import { nodeCodingLab } from '../../../../src/platform/node/lab';
import { readLocal } from '../../../../src/platform/node/localFile';
import { openModel } from '../../../../src/platform/node/models';
import { writeWhole } from '../../../../src/platform/node/writeFile';
import { runCommand } from '../../../shared/command';
import { GGUF_EXPORT_HELP, parseGgufExport, type GgufExportRequest } from './options';
import { ggufExportText } from './report';

/** Runs `npm run gguf -- export`. @returns the exit code */
export function main(args: readonly string[]): Promise<number> {
  return runCommand({ help: GGUF_EXPORT_HELP, parse: parseGgufExport, execute: exportFile }, args);
}

async function exportFile(request: GgufExportRequest, signal: AbortSignal): Promise<number> {
  const { source, type, out } = request;
  const written =
    'model' in source
      ? await exportModelFile(source.model, type, signal)
      : await exportArtefact(source.artefact, request, signal);
  await writeWhole(out, written.bytes);
  process.stdout.write(await ggufExportText(request, written));
  return 0;
}

async function exportModelFile(id: string, type: GgufFileType, signal: AbortSignal): Promise<GgufExport> {
  const model = await openModel(id, signal);
  return exportGguf(model, { type, name: model.id, sourceSha256: model.sha256, signal });
}

/** Exports the weights that an artefact decodes to, tensor by tensor. */
async function exportArtefact(
  path: string,
  { type, adapter }: GgufExportRequest,
  signal: AbortSignal,
): Promise<GgufExport> {
  const bytes = await readLocal(path, signal);
  const artefact = await Artefact.open(bytes);
  const lab = await nodeCodingLab(adapter, 'auto');
  try {
    const name = basename(path, extname(path));
    const model = restoredModel(lab.processor, artefact, signal);
    return await exportGguf(model, { type, name, sourceSha256: await sha256Hex(bytes), signal });
  } finally {
    lab.gpu?.destroy();
  }
}
