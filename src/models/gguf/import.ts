import { quoted } from '../../base/shown';
import { sha256OfStream } from '../../base/checksum';
import { LabError } from '../../base/errors';
import { assertFinite } from '../../base/finite';
import { bytesSource, fileChunks, type ByteSource } from '../../formats/byteSource';
import { openGguf } from '../../formats/gguf/parse';
import { decodeGgufTensor, readGgufTensor } from '../../formats/gguf/tensor';
import type { GgufFile, GgufTensorInfo } from '../../formats/gguf/types';
import type { ModelShape, TensorSpec } from '../architecture';
import type { Model } from '../model';
import { architectureFor } from '../registry';
import { checkKeysRead, ggufName, ggufLayout, rotaryHeadWidths, type GgufLayout } from './layout';
import { ROPE_TENSORS } from './rope';
import { toSplitHalves } from './rotary';
import { ggufStored } from './stored';
import { readTokenizer } from './tokenizer/tokenizer';
import { badField, MetadataReader } from './values';

const ARCHITECTURE = 'general.architecture';

/** A model that was imported from a GGUF file. */
export interface GgufModel extends Model {
  /** The header of the file. */
  file: GgufFile;
}

interface ImportOptions {
  /** SHA-256 of the file, hex, if it is known; otherwise the file is read once for it. */
  sha256?: string;
  signal?: AbortSignal;
}

/**
 * Imports a model from a GGUF file of any size: the config and the tokenizer from its metadata; each tensor is read by range and
 * decoded to float32 when it is asked for.
 * @param given the file, or its bytes
 * @param id the name of the model in plans and records
 * @throws LabError bad-file with the field or the tensor; unsupported for another architecture; Cancelled
 */
export async function importGguf(
  given: ByteSource | Uint8Array,
  id: string,
  { sha256, signal }: ImportOptions = {},
): Promise<GgufModel> {
  const source = given instanceof Uint8Array ? bytesSource(given) : given;
  const file = await openGguf(source);
  const metadata = new MetadataReader(file.metadata);
  checkKind(metadata);
  const layout = ggufLayout(metadata.string(ARCHITECTURE));
  const tensors = new Map(file.tensors.map((tensor) => [tensor.name, tensor]));
  const vocabulary = vocabularyOf(tensors);
  const tied = !tensors.has('output.weight');
  const has = (name: string) => tensors.has(name);
  const hyperparameters = layout.config(metadata, {
    ...{ vocabulary, tied, has },
    ropeTensors: await ropeTensorsOf(source, file, tensors),
  });
  checkVocabulary(metadata, layout, vocabulary);
  checkKeysRead(layout, metadata);
  const shape = architectureFor(hyperparameters).configure(hyperparameters);
  const tokenizer = readTokenizer(metadata, vocabulary);
  const found = findTensors(layout, shape, tensors);
  const rotary = rotaryHeadWidths(layout, shape);
  return {
    id,
    source: 'local',
    revision: 'local',
    sha256: sha256 ?? (await sha256OfStream(fileChunks(source, 0, source.size, signal))),
    config: { ...hyperparameters, ...tokenizer.config },
    shape,
    assets: tokenizer.assets,
    file,
    stored: async () => ggufStored(file, source.size, found),
    tensor: async (spec) => {
      const tensor = found.get(spec.name)!;
      return canonical(spec, tensor, await readGgufTensor(source, file, tensor), rotary.get(spec.name));
    },
  };
}

/** Returns the divisors of rotary frequencies that the file has, by name. */
async function ropeTensorsOf(
  source: ByteSource,
  file: GgufFile,
  tensors: ReadonlyMap<string, GgufTensorInfo>,
): Promise<Map<string, Float32Array>> {
  const found = new Map<string, Float32Array>();
  for (const tensor of ROPE_TENSORS.flatMap((name) => tensors.get(name) ?? []))
    found.set(tensor.name, decodeGgufTensor(tensor, await readGgufTensor(source, file, tensor)));
  return found;
}

/** Checks that the stated vocabulary is that of the token embedding. */
function checkVocabulary(metadata: MetadataReader, { architecture }: GgufLayout, rows: number): void {
  const key = `${architecture}.vocab_size`;
  const stated = metadata.optionalInteger(key) ?? rows;
  if (stated !== rows) throw badField(key, `is ${stated}, but the token embedding has ${rows} rows`);
}

/** Checks that the file is a whole model. */
function checkKind(metadata: MetadataReader): void {
  const type = metadata.optionalString('general.type') ?? 'model';
  if (type !== 'model')
    throw badField('general.type', `is ${quoted(type)}, not a model; choose the file of the model itself`);
  const parts = metadata.optionalInteger('split.count') ?? 0;
  if (parts > 1)
    throw badField('split.count', `is ${parts}: join the parts with llama.cpp's llama-gguf-split --merge`);
}

/** Returns the number of rows of the token embedding, which config.json states and GGUF need not. */
function vocabularyOf(tensors: ReadonlyMap<string, GgufTensorInfo>): number {
  const table = tensors.get('token_embd.weight');
  if (table?.dims.length === 2) return table.dims[1];
  throw badField('token_embd.weight', table ? 'is not a matrix' : 'is missing');
}

/**
 * Returns the file's tensors by their names in transformers, after checking their shapes and that the architecture uses all of
 * them.
 */
function findTensors(
  layout: GgufLayout,
  shape: ModelShape,
  tensors: ReadonlyMap<string, GgufTensorInfo>,
): Map<string, GgufTensorInfo> {
  const found = new Map<string, GgufTensorInfo>();
  // The config has read those of rotary embeddings.
  const used = new Set<string>(layout.ropeTensors ? ROPE_TENSORS : []);
  for (const spec of shape.tensors) {
    const name = ggufName(layout, spec);
    found.set(spec.name, checked(name, spec, tensors.get(name)));
    used.add(name);
  }
  const extra = [...tensors.keys()].find((name) => !used.has(name));
  if (extra === undefined) return found;
  throw new LabError(
    'unsupported',
    `The GGUF file holds ${quoted(extra)}, which the ${layout.architecture} architecture does not use.`,
    'Choose another file: mixtures of experts and adapters are not supported.',
  );
}

function checked(name: string, spec: TensorSpec, tensor: GgufTensorInfo | undefined): GgufTensorInfo {
  if (!tensor) throw badField(quoted(name), 'is missing');
  const [rows, columns] = spec.matrix;
  const dims = spec.shape.length === 1 ? [columns] : [columns, rows];
  if (String(tensor.dims) === String(dims)) return tensor;
  throw badField(quoted(name), `has dimensions [${tensor.dims}], but the metadata requires [${dims}]`);
}

function canonical(
  spec: TensorSpec,
  tensor: GgufTensorInfo,
  bytes: Uint8Array,
  headWidth: number | undefined,
): Float32Array {
  const values = decodeGgufTensor(tensor, bytes);
  assertFinite(spec.name, values);
  if (!headWidth) return values;
  return toSplitHalves(values, headWidth, spec.shape.length === 1 ? 1 : spec.matrix[1]);
}
