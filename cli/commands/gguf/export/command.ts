import { basename, extname } from 'node:path';
import { Artefact } from '../../../../src/artefact/read';
import { restoredModel } from '../../../../src/artefact/restored';
import { sha256OfStream } from '../../../../src/base/checksum';
import { fileChunks } from '../../../../src/formats/byteSource';
import { readImatrix } from '../../../../src/formats/imatrix/imatrix';
import { exportGguf, type GgufExport, type GgufExportOptions } from '../../../../src/models/gguf/export';
import { nodeCodingLab } from '../../../../src/platform/node/lab';
import { openLocal, readLocal } from '../../../../src/platform/node/localFile';
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
  const { source, out } = request;
  const options = { type: request.type, importance: await importanceOf(request, signal), signal };
  const written =
    'model' in source
      ? await exportModelFile(source.model, options)
      : await exportArtefact(source.artefact, request.adapter, options);
  await writeWhole(out, written.bytes);
  process.stdout.write(await ggufExportText(request, written));
  return 0;
}

/** Options of an export that do not depend on the source. */
type Options = Pick<GgufExportOptions, 'type' | 'importance' | 'signal'>;

async function importanceOf(
  { imatrix }: GgufExportRequest,
  signal: AbortSignal,
): Promise<GgufExportOptions['importance']> {
  if (imatrix === undefined) return undefined;
  return { imatrix: readImatrix(await readLocal(imatrix, signal)), file: basename(imatrix) };
}

async function exportModelFile(id: string, options: Options): Promise<GgufExport> {
  const model = await openModel(id, options.signal);
  return exportGguf(model, { ...options, name: model.id, sourceSha256: model.sha256 });
}

/** Exports the weights that an artefact decodes to, tensor by tensor. */
async function exportArtefact(
  path: string,
  adapter: string | undefined,
  options: Options,
): Promise<GgufExport> {
  const file = await openLocal(path);
  const artefact = await Artefact.open(file);
  const lab = await nodeCodingLab(adapter, 'auto');
  try {
    const name = basename(path, extname(path));
    const model = restoredModel(lab.processor, artefact, options.signal);
    const sourceSha256 = await sha256OfStream(
      fileChunks(file, 0, file.size, options.signal),
      file.nativeHash?.(),
    );
    return await exportGguf(model, { ...options, name, sourceSha256 });
  } finally {
    lab.gpu?.destroy();
  }
}
