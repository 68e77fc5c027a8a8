import { sha256Hex, sha256OfStream } from '../../base/checksum';
import { bytesSource, fileChunks, type ByteSource } from '../../formats/byteSource';
import { parseOnnx } from '../../formats/onnx/graph';
import { openOnnxWeights } from '../../formats/onnx/weights';
import { RestoredTensor, type QuantisedCheckpoint } from '../../formats/quantised/types';
import type { ModelShape } from '../architecture';
import type { FileSource, OnBytes } from './files';
import { HEADS } from './heads';
import { sameValues } from './sameValues';
import type { Weights } from './weights';

/** The weights of an ONNX file. */
export interface OnnxWeights {
  weights: Weights;
  checkpoint: QuantisedCheckpoint;
  /** Whether weights are restored from codes. */
  isRestored: boolean;
  /** Whether the file has a head of its own beside the token table that config.json ties it to: quantisers make them differ. */
  untied: boolean;
}

/**
 * Opens the weights of an ONNX graph of a model. The graph is read whole, since Protocol Buffers are limited to 2 GiB; files beside it are
 * read by range.
 * @param shape the model's, as its config.json describes it
 * @param prefix what checkpoints may leave out of the names of its tensors
 * @throws LabError bad-file or unsupported; network; Cancelled
 */
export async function openOnnx(
  files: FileSource,
  name: string,
  { shape, prefix }: { shape: ModelShape; prefix: string },
  { signal, onProgress }: { signal?: AbortSignal; onProgress?: OnBytes } = {},
): Promise<OnnxWeights> {
  const bytes = await files.read(name, { signal, onProgress });
  const model = parseOnnx(bytes);
  const beside = await openBeside(files, name, model.constants.values(), signal);
  const checkpoint = openOnnxWeights(
    model,
    { constants: model.constants, files: beside },
    namesOf(shape, prefix),
  );
  const own = (await files.sha256?.(name)) ?? (await sha256Hex(bytes));
  const others = await Promise.all(
    [...beside].map(async ([file, source]) => ({
      file,
      size: source.size,
      sha256: await checksum(source, signal),
    })),
  );
  // As for shards: the checksum of what sha256sum prints for them.
  const lines = [{ file: name, sha256: own }, ...others].map(({ file, sha256 }) => `${sha256}  ${file}\n`);
  const sha256 = others.length === 0 ? own : await sha256Hex(new TextEncoder().encode(lines.join('')));
  const size = others.reduce((sum, other) => sum + other.size, bytes.byteLength);
  return {
    weights: { tensors: checkpoint.tensors, sha256, bytes: size },
    checkpoint,
    isRestored: [...checkpoint.tensors.values()].some((tensor) => tensor instanceof RestoredTensor),
    untied: await hasOwnHead(shape, checkpoint, signal),
  };
}

type Constants = Iterable<{ data: Uint8Array | { file: string } }>;

/** Opens the files beside the graph that hold values of its constants. */
async function openBeside(
  files: FileSource,
  name: string,
  constants: Constants,
  signal: AbortSignal | undefined,
): Promise<Map<string, ByteSource>> {
  const folder = name.slice(0, name.lastIndexOf('/') + 1);
  const opened = new Map<string, ByteSource>();
  for (const { data } of constants)
    if (!(data instanceof Uint8Array) && !opened.has(data.file)) {
      const path = folder + data.file;
      const source = files.open
        ? await files.open(path, signal)
        : bytesSource(await files.read(path, { signal }));
      opened.set(data.file, source);
    }
  return opened;
}

function checksum(source: ByteSource, signal: AbortSignal | undefined): Promise<string> {
  return sha256OfStream(fileChunks(source, 0, source.size, signal));
}

function namesOf({ tensors }: ModelShape, prefix: string) {
  const known = new Map<string, boolean>(HEADS.map((name) => [name, false]));
  for (const { name, transposed } of tensors)
    for (const spelled of name.startsWith(prefix) ? [name, name.slice(prefix.length)] : [name])
      known.set(spelled, transposed ?? false);
  return { has: (name: string) => known.has(name), isConv1d: (name: string) => known.get(name) ?? false };
}

async function hasOwnHead(
  { tiedHead, program }: ModelShape,
  { tensors }: QuantisedCheckpoint,
  signal: AbortSignal | undefined,
): Promise<boolean> {
  const head = HEADS.map((name) => tensors.get(name)).find(Boolean);
  const table = tensors.get(program.head.weight);
  return tiedHead && head !== undefined && table !== undefined && !(await sameValues(head, table, signal));
}
