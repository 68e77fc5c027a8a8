import { quoted } from '../../base/shown';
import { sha256Hex } from '../../base/checksum';
import { LabError } from '../../base/errors';
import { assertFinite } from '../../base/finite';
import { parseGguf } from '../../formats/gguf/parse';
import { decodeGgufTensor, ggufTensorBytes } from '../../formats/gguf/tensor';
import type { GgufFile, GgufTensorInfo } from '../../formats/gguf/types';
import type { ModelShape, TensorSpec } from '../architecture';
import type { Model } from '../model';
import { architectureFor } from '../registry';
import { ggufName, ggufLayout, rotaryHeadWidths, type GgufLayout } from './layout';
import { toHalves } from './rotary';
import { readTokenizer } from './tokenizer/tokenizer';
import { badField, MetadataReader } from './values';

const ARCHITECTURE = 'general.architecture';
export interface GgufModel extends Model {
  /** The header of the file. */
  file: GgufFile;
}

/**
 * A model from the bytes of a GGUF file: config and tokenizer from its metadata, weights decoded to float32 when they are read.
 * @param id the name plans and records use
 * @throws LabError bad-file naming the field or the tensor, unsupported
 */
export async function importGguf(bytes: Uint8Array, id: string): Promise<GgufModel> {
  const file = parseGguf(bytes);
  const metadata = new MetadataReader(file.metadata);
  const layout = ggufLayout(metadata.text(ARCHITECTURE));
  const tensors = new Map(file.tensors.map((tensor) => [tensor.name, tensor]));
  const vocabulary = vocabularyOf(tensors);
  const tied = !tensors.has('output.weight');
  const hyperparameters = layout.config(metadata, { vocabulary, tied, has: (name) => tensors.has(name) });
  const shape = architectureFor(hyperparameters).configure(hyperparameters);
  const tokenizer = readTokenizer(metadata, vocabulary);
  const found = findTensors(layout, shape, tensors);
  const rotary = rotaryHeadWidths(shape);
  return {
    id,
    source: 'local',
    revision: 'local',
    sha256: await sha256Hex(bytes),
    config: { ...hyperparameters, ...tokenizer.config },
    shape,
    assets: tokenizer.assets,
    file,
    tensor: async (spec) => {
      const tensor = found.get(spec.name)!;
      return canonical(spec, tensor, ggufTensorBytes(bytes, file, tensor), rotary.get(spec.name));
    },
  };
}

/** Rows of the token table, which config.json counts and GGUF does not have to. */
function vocabularyOf(tensors: ReadonlyMap<string, GgufTensorInfo>): number {
  const table = tensors.get('token_embd.weight');
  if (table?.dims.length === 2) return table.dims[1];
  throw badField('token_embd.weight', table ? 'is no matrix' : 'is missing');
}

/** The file's tensors by our names: each of the right shape, and none that the architecture would not use. */
function findTensors(
  layout: GgufLayout,
  shape: ModelShape,
  tensors: ReadonlyMap<string, GgufTensorInfo>,
): Map<string, GgufTensorInfo> {
  const found = new Map<string, GgufTensorInfo>();
  const used = new Set<string>();
  for (const spec of shape.tensors) {
    const name = ggufName(layout, spec);
    found.set(spec.name, checked(name, spec, tensors.get(name)));
    used.add(name);
  }
  const extra = [...tensors.keys()].find((name) => !used.has(name));
  if (extra === undefined) return found;
  throw new LabError(
    'unsupported',
    `The GGUF file holds ${quoted(extra)}, which the ${layout.architecture} architecture does not use here.`,
    'Choose a file of a plain model; experts, adapters and scaled rotary embeddings do not run here.',
  );
}

function checked(name: string, spec: TensorSpec, tensor: GgufTensorInfo | undefined): GgufTensorInfo {
  if (!tensor) throw badField(quoted(name), 'is missing');
  const [rows, columns] = spec.matrix;
  const dims = spec.shape.length === 1 ? [columns] : [columns, rows];
  if (String(tensor.dims) === String(dims)) return tensor;
  throw badField(quoted(name), `has dimensions [${tensor.dims}], but the metadata asks for [${dims}]`);
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
  return toHalves(values, headWidth, spec.shape.length === 1 ? 1 : spec.matrix[1]);
}
