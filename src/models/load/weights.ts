import { sha256Hex, sha256OfStream } from '../../base/checksum';
import { LabError } from '../../base/errors';
import { bytesSource, fileChunks, type ByteSource } from '../../formats/byteSource';
import type { FileTensor } from '../../formats/fileTensor';
import { namingSourceStandIns } from '../../formats/standIn';
import type { FileSource, OnBytes } from './files';
import { badIndex, parseWeightMap, WEIGHTS_FORMATS, type WeightsFormat } from './weightsFormats';

/** All tensors of a checkpoint by their names in its files. */
export interface Weights {
  tensors: ReadonlyMap<string, FileTensor>;
  /**
   * SHA-256 of the file, hex. For shards it is the SHA-256 of the lines that `sha256sum` prints for them in order of name, so
   * that shards with known checksums need not be read.
   */
  sha256: string;
  /** The size of the files in bytes, without the index of shards. */
  bytes: number;
}

/**
 * Opens the checkpoint of a folder: one file, or the shards of an index. If the source can read ranges of files, only
 * descriptions are kept in memory, and the files are read once for their checksums unless the source knows them.
 * @throws LabError bad-file, network, limit or unsupported; Cancelled
 */
export async function loadWeights(
  files: FileSource,
  signal?: AbortSignal,
  onProgress?: OnBytes,
): Promise<Weights> {
  for (const format of WEIGHTS_FORMATS) {
    if (await files.has(format.single, signal))
      return openFile(format, files, format.single, signal, onProgress);
    if (await files.has(format.index, signal)) return openShards(format, files, signal, onProgress);
  }
  throw new LabError(
    'unsupported',
    `The folder of the model ${files.id} has none of these files: ${WEIGHTS_FORMATS.flatMap(({ single, index }) => [single, index]).join(', ')}.`,
    'Save the model as safetensors: model.save_pretrained(folder, safe_serialization=True).',
  );
}

async function openFile(
  format: WeightsFormat,
  files: FileSource,
  name: string,
  signal?: AbortSignal,
  onProgress?: OnBytes,
): Promise<Weights> {
  const known = await files.sha256?.(name);
  const source = await sourceOf(files, name, signal, onProgress);
  // Opening comes before the checksum, since a file that cannot be used need not be read.
  const open = () => format.open(source, { verified: known !== undefined, signal });
  const tensors = await namingSourceStandIns(source, open, name);
  // A file that was read as a whole has already reported its progress.
  const sha256 = known ?? (await checksum(source, signal, files.open && onProgress));
  return { tensors, sha256, bytes: source.size };
}

async function sourceOf(
  files: FileSource,
  name: string,
  signal?: AbortSignal,
  onProgress?: OnBytes,
): Promise<ByteSource> {
  if (files.open) return files.open(name, signal);
  return bytesSource(await files.read(name, { signal, onProgress }));
}

function checksum(source: ByteSource, signal?: AbortSignal, onProgress?: OnBytes): Promise<string> {
  const chunks = fileChunks(source, 0, source.size, signal);
  return sha256OfStream(counted(chunks, source.size, onProgress), source.nativeHash?.());
}

async function* counted(chunks: AsyncIterable<Uint8Array>, total: number, onProgress?: OnBytes) {
  let read = 0;
  for await (const chunk of chunks) {
    yield chunk;
    onProgress?.((read += chunk.byteLength), total);
  }
}

async function openShards(
  format: WeightsFormat,
  files: FileSource,
  signal?: AbortSignal,
  onProgress?: OnBytes,
): Promise<Weights> {
  const map = parseWeightMap(format, await files.read(format.index, { signal }));
  const shards = new Map<string, ReadonlyMap<string, FileTensor>>();
  let sums = '';
  let before = 0;
  let size = 0;
  for (const name of [...new Set(map.values())].sort()) {
    let bytes = 0;
    const {
      tensors,
      sha256,
      bytes: shard,
    } = await openFile(format, files, name, signal, (loaded) => {
      bytes = Math.max(bytes, loaded);
      onProgress?.(before + loaded, undefined);
    });
    before += bytes;
    size += shard;
    shards.set(name, tensors);
    sums += `${sha256}  ${name}\n`;
  }
  const tensors = new Map(
    [...map].map(([tensor, shard]) => [tensor, inShard(format, shards, tensor, shard)]),
  );
  return { tensors, sha256: await sha256Hex(new TextEncoder().encode(sums)), bytes: size };
}

function inShard(
  { index }: WeightsFormat,
  shards: ReadonlyMap<string, ReadonlyMap<string, FileTensor>>,
  tensor: string,
  shard: string,
): FileTensor {
  const found = shards.get(shard)?.get(tensor);
  if (!found) throw badIndex(index, `it says ${JSON.stringify(tensor)} is in ${shard}, but it is not`);
  return found;
}
