import { sha256Hex, sha256OfStream } from '../../base/checksum';
import { invariant } from '../../base/errors';
import { Artefact } from '../../artefact/read';
import { restoredModel } from '../../artefact/restored';
import type { CheckpointFolder, Exportable } from '../../models/load/export';
import { tarOfFolder } from '../../models/load/tar';
import { exportGguf, type KeptTensor } from '../../models/gguf/export';
import { fileType } from '../../models/gguf/fileTypes';
import type { Lab } from '../lab';
import { openRecordBase } from './recordBase';
import { checkModel, remakeArtefact } from './remake';
import type { LabRecord } from '../results/record';
import { exportArtefactOnnx, exportFolder } from './exportArtefact';
import { recordFormats } from './recordFormats';

/** A file to download. */
export interface RecordFile {
  name: string;
  /** Its bytes; a folder is an archive that the browser keeps outside of the page's memory. */
  content: Uint8Array | Blob;
  byteLength: number;
  sha256: string;
  /** What the user must know about it. */
  note?: string;
}

export interface RecordFileOptions {
  /** The name by which the lab opens the record's model. */
  modelName: string;
  signal?: AbortSignal;
  say?: (step: string) => void;
}

/**
 * Makes a file of a record's weights: its artefact, encoded again and identical to the one that was measured, the same codes in a format
 * of another tool, or the restored weights as GGUF.
 * @param format an id of `recordFormats`
 * @throws LabError when the weights cannot be made again here or cannot be stored in the format, with the reason; Cancelled
 */
export async function recordFile(
  lab: Lab,
  record: LabRecord,
  format: string,
  { modelName, signal, say = () => undefined }: RecordFileOptions,
): Promise<RecordFile> {
  const wanted = recordFormats(record).find(({ id }) => id === format);
  invariant(wanted, `a ${record.role} of ${record.model.architecture} has no format ${format}`);
  say(`loading ${modelName}`);
  const model = await lab.openModel(modelName, signal);
  checkModel(model, record);
  if (record.role === 'baseline') return ggufOf(record, model, model.sha256, wanted.gguf!, signal);
  const base = await openRecordBase(lab, record.codec.base, undefined, signal);
  const onProgress = (fraction: number): void =>
    say(`making the artefact again, ${Math.round(100 * fraction)} %`);
  const bytes = await remakeArtefact(lab, model, record, { base, signal, onProgress });
  const sha256 = record.artefactSha256!;
  const stem = fileStem(record);
  if (!wanted.gguf && !wanted.other) return { ...named(`${stem}.safetensors`, bytes), sha256 };
  say(`writing ${wanted.label}`);
  const artefact = await Artefact.open(bytes, base);
  if (wanted.gguf)
    return ggufOf(record, restoredModel(lab.processor, artefact, signal), sha256, wanted.gguf, signal);
  if (wanted.other === 'onnx') {
    const { bytes: graph } = await exportArtefactOnnx(lab, artefact, signal);
    return { ...named(`${stem}.onnx`, graph), sha256: await sha256Hex(graph) };
  }
  const folder = await exportFolder(lab, artefact, wanted.other!, signal);
  return archiveOf(`${stem}-${wanted.other}`, folder, signal);
}

function named(name: string, content: Uint8Array): Omit<RecordFile, 'sha256'> {
  return { name, content, byteLength: content.byteLength };
}

/** Collects a folder as an archive, chunk by chunk, so that the browser may move what is done to its disk. */
async function archiveOf(stem: string, folder: CheckpointFolder, signal?: AbortSignal): Promise<RecordFile> {
  const parts: Blob[] = [];
  async function* collected(): AsyncGenerator<Uint8Array> {
    for await (const chunk of tarOfFolder(stem, folder, signal)) {
      parts.push(new Blob([chunk as Uint8Array<ArrayBuffer>]));
      yield chunk;
    }
  }
  const sha256 = await sha256OfStream(collected());
  const content = new Blob(parts);
  return { name: `${stem}.tar`, content, byteLength: content.size, sha256 };
}

async function ggufOf(
  record: LabRecord,
  model: Exportable,
  sourceSha256: string,
  type: string,
  signal?: AbortSignal,
): Promise<RecordFile> {
  const stem = fileStem(record);
  const written = await exportGguf(model, { type: fileType(type), name: stem, sourceSha256, signal });
  const { bytes, kept } = written;
  const note = [noteOf(kept), written.note].filter((text) => text !== undefined).join(' ');
  return {
    ...named(`${stem}-${type}.gguf`, bytes),
    sha256: await sha256Hex(bytes),
    ...(note !== '' && { note }),
  };
}

function noteOf(kept: readonly KeptTensor[]): string | undefined {
  if (kept.length === 0) return undefined;
  const names = kept
    .slice(0, 3)
    .map(({ name, columns }) => `${name} (rows of ${columns})`)
    .join(', ');
  const more = kept.length > 3 ? ' and others' : '';
  return `${kept.length} matrices kept as F16: row length is not a multiple of the block size: ${names}${more}.`;
}

/** Makes a file name that every file system accepts, without extension, such as "stories260K-rtn-bits=4-group=32". */
function fileStem({ model, codec }: LabRecord): string {
  return `${model.id}-${codec.spec}`
    .replace(/[^\w.=]+/g, '-')
    .replace(/^-+|-+$/g, '')
    .slice(0, 120);
}
