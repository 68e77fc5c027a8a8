import { basename, extname } from 'node:path';
import { Artefact } from '../../../src/artefact/read';
import { restoredModel } from '../../../src/artefact/restored';
import { storedInMemory } from '../../../src/artefact/sink';
import { sha256OfStream } from '../../../src/base/checksum';
import { invariant } from '../../../src/base/errors';
import { formatCodec } from '../../../src/codecs/contract/spec';
import { fileChunks, type ByteSource } from '../../../src/formats/byteSource';
import { readImatrix } from '../../../src/formats/imatrix/imatrix';
import { compressModel } from '../../../src/lab/artefacts/compress';
import {
  exportArtefactOnnx,
  exportFolder,
  exportModelOnnx,
  reencoded,
  type ExportedFolder,
} from '../../../src/lab/artefacts/exportArtefact';
import type { FolderFormat } from '../../../src/lab/artefacts/exportFormats';
import type { Lab } from '../../../src/lab/lab';
import { DEFAULT_SEED } from '../../../src/lab/plan/presets';
import { exportGguf, type GgufExport, type GgufExportOptions } from '../../../src/models/gguf/export';
import { float32Folder } from '../../../src/models/load/export';
import type { Model } from '../../../src/models/model';
import type { ExportedOnnx } from '../../../src/onnx/exportModel';
import { writeCheckpointFolder } from '../../../src/platform/node/checkpointFolder';
import { nodeCodingLab } from '../../../src/platform/node/lab';
import { openLocal, readLocal } from '../../../src/platform/node/localFile';
import { openModel } from '../../../src/platform/node/models';
import { TerminalProgress } from '../../../src/platform/node/terminalProgress';
import { writeWhole } from '../../../src/platform/node/writeFile';
import { runCommand } from '../../shared/command';
import { EXPORT_HELP, parseExport, type ExportRequest, type ExportSource } from './options';
import { folderExportText, ggufExportText, onnxExportText } from './report';

/** Runs `npm run export`. @returns the exit code */
export function main(args: readonly string[]): Promise<number> {
  return runCommand({ help: EXPORT_HELP, parse: parseExport, execute: exportModel }, args);
}

async function exportModel(request: ExportRequest, signal: AbortSignal): Promise<number> {
  const { source } = request;
  const text =
    'artefact' in source || 'compression' in source
      ? await withArtefact(request, signal, (opened) => writeArtefact(request, opened, signal))
      : await writeModel(request, await openModel(source.model, signal), signal);
  process.stdout.write(text);
  return 0;
}

/** An artefact to export, with what decodes it. */
interface Opened {
  lab: Lab;
  artefact: Artefact;
  /** Returns the SHA-256 of its bytes; absent if its weights were rounded again. */
  sha256?: () => Promise<string>;
  name: string;
}

async function withArtefact(
  request: ExportRequest,
  signal: AbortSignal,
  write: (opened: Opened) => Promise<string>,
): Promise<string> {
  const { source, adapter, compute, reencode } = request;
  const lab = await nodeCodingLab(adapter, compute);
  const opened = await sourceFile(lab, source, signal).catch((error: unknown) => {
    lab.gpu?.destroy();
    throw error;
  });
  try {
    const { file, name, base } = opened;
    const artefact = await Artefact.open(file, base);
    if (!reencode) {
      const sha256 = () => sha256OfStream(fileChunks(file, 0, file.size, signal), file.nativeHash?.());
      return await write({ lab, artefact, sha256, name });
    }
    const again = await withProgress(formatCodec(reencode), (onProgress) =>
      reencoded(lab, artefact, reencode, { seed: DEFAULT_SEED, signal, onProgress }),
    );
    return await write({ lab, artefact: again, name });
  } finally {
    await opened.dispose?.();
    lab.gpu?.destroy();
  }
}

/** The file of an artefact, to be read by range. */
interface SourceFile {
  file: ByteSource;
  name: string;
  /** The model of which it holds the difference. */
  base?: Model;
  dispose?: () => Promise<void>;
}

async function sourceFile(lab: Lab, source: ExportSource, signal: AbortSignal): Promise<SourceFile> {
  if ('artefact' in source)
    return {
      file: await openLocal(source.artefact),
      name: basename(source.artefact, extname(source.artefact)),
    };
  invariant('compression' in source, 'a model that is exported as it is has no artefact');
  const { recipe, base: baseName, ...options } = source.compression;
  const model = await lab.openModel(source.model, signal);
  const base = baseName === undefined ? undefined : await lab.openModel(baseName, signal);
  const sink = lab.spool?.() ?? storedInMemory();
  const file = await withProgress(formatCodec(recipe.spec), async (onProgress) => {
    const written = await compressModel(
      lab,
      model,
      { ...recipe, base },
      { ...options, signal, onProgress },
      sink,
    );
    return written.file;
  });
  return { file, name: model.id, base, dispose: () => file.dispose() };
}

/** Shows a progress bar while tensors are encoded. */
async function withProgress<Result>(
  title: string,
  work: (onProgress: (fraction: number, step: string) => void) => Promise<Result>,
): Promise<Result> {
  const bar = new TerminalProgress(process.stderr);
  bar.start(title);
  const started = performance.now();
  try {
    return await work((fraction, step) => {
      const elapsedMs = performance.now() - started;
      bar.update({ fraction, step, elapsedMs, remainingMs: elapsedMs / fraction - elapsedMs });
    });
  } finally {
    bar.clear();
  }
}

async function writeModel(request: ExportRequest, model: Model, signal: AbortSignal): Promise<string> {
  const { format } = request;
  if (format.id === 'gguf') {
    const options = await ggufOptions(request, signal);
    return writeGgufFile(
      request,
      await exportGguf(model, { ...options, name: model.id, sourceSha256: model.sha256 }),
    );
  }
  if (format.id === 'onnx') return writeOnnx(request, await exportModelOnnx(model, signal));
  return writeFolder(request, { ...float32Folder(model), quantised: 0 }, signal);
}

async function writeArtefact(request: ExportRequest, opened: Opened, signal: AbortSignal): Promise<string> {
  const { lab, artefact, sha256, name } = opened;
  const { id } = request.format;
  if (id === 'gguf') {
    const options = await ggufOptions(request, signal);
    const model = restoredModel(lab.processor, artefact, signal);
    return writeGgufFile(
      request,
      await exportGguf(model, { ...options, name, sourceSha256: await sha256?.() }),
    );
  }
  if (id === 'onnx') return writeOnnx(request, await exportArtefactOnnx(lab, artefact, signal));
  const format: FolderFormat = id;
  return writeFolder(request, await exportFolder(lab, artefact, format, signal), signal);
}

async function ggufOptions(
  { type, imatrix }: ExportRequest,
  signal: AbortSignal,
): Promise<Pick<GgufExportOptions, 'type' | 'importance' | 'signal'>> {
  if (imatrix === undefined) return { type, signal };
  const importance = { imatrix: readImatrix(await readLocal(imatrix, signal)), file: basename(imatrix) };
  return { type, importance, signal };
}

async function writeGgufFile(request: ExportRequest, written: GgufExport): Promise<string> {
  await writeWhole(request.out, written.bytes);
  return ggufExportText(request, written);
}

async function writeOnnx(request: ExportRequest, written: ExportedOnnx): Promise<string> {
  await writeWhole(request.out, written.bytes);
  return onnxExportText(request, written);
}

async function writeFolder(
  request: ExportRequest,
  folder: ExportedFolder,
  signal: AbortSignal,
): Promise<string> {
  await writeCheckpointFolder(request.out, folder, signal);
  return folderExportText(request, folder);
}
