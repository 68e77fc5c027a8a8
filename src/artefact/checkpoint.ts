import { floatsToBfloat16s, floatsToHalves } from '../base/float16';
import { LabError } from '../base/errors';
import { formatCodec } from '../codecs/contract/spec';
import type { GroupedIntegers } from '../formats/quantised/integers';
import type { ScaledFloat8 } from '../formats/quantised/float8';
import {
  bytesOfWords,
  cannotHold,
  type FloatModule,
  type FloatType,
  type Packable,
  type PackableMatrix,
  type PackableModule,
  type QuantisedWriter,
} from '../formats/quantised/write';
import { QUANTISED_WRITERS, type WrittenFormat } from '../formats/quantised/writers';
import { LINEAR_ROLES, type ModelShape, type TensorSpec } from '../models/architecture';
import {
  exportBesideWeights,
  jsonFile,
  weightsFile,
  type CheckpointFolder,
  type LazyTensor,
} from '../models/load/export';
import { toCheckpoint } from '../models/load/orientation';
import type { Artefact } from './read';

/** A checkpoint of another tool's format. */
export interface QuantisedFolder extends CheckpointFolder {
  /** Number of quantised matrices. */
  quantised: number;
  /** What the format's tools do otherwise than the lab, as a sentence. */
  note?: string;
}

/** What a format must know of a coded tensor. */
interface CodedModule extends PackableModule {
  tensor: TensorSpec;
}

/**
 * Writes an artefact as a checkpoint of another tool's format. The weights that the tool restores are those that the artefact decodes
 * to, bit for bit, unless `note` says otherwise.
 * @throws LabError unsupported naming the tensor and what the format cannot hold
 */
export async function quantisedFolder(artefact: Artefact, format: WrittenFormat): Promise<QuantisedFolder> {
  const { shape, metadata, assets } = artefact;
  const writer = await QUANTISED_WRITERS[format]();
  requireModelType(writer, metadata.config);
  const modules = await codedModules(artefact, writer);
  const floats = floatType(writer, artefact, modules);
  const { config, files = {}, note } = writer.settings(modules, floatModules(shape, modules));
  return {
    files: new Map([
      ...exportBesideWeights({ config: metadata.config, assets }, metadata.rest, config),
      ...Object.entries(files).map(([name, value]) => [name, jsonFile(value)] as const),
    ]),
    ...weightsFile(entriesOf(artefact, writer, modules, floats), writer.metadata),
    quantised: modules.length,
    ...(note !== undefined && { note }),
  };
}

function requireModelType(
  { name, modelTypes }: QuantisedWriter,
  { model_type: type }: Record<string, unknown>,
) {
  if (!modelTypes || modelTypes.includes(String(type))) return;
  throw new LabError(
    'unsupported',
    `The tools of ${name} have no model of the type ${JSON.stringify(type)} with layers that they could replace.`,
    `They have ${modelTypes.join(', ')}: choose such a model, or another format.`,
  );
}

const FLOAT_TYPES = { float16: 'F16', float32: 'F32', bfloat16: 'BF16' } as const;

/**
 * Returns the type of the floats. The scales of 8-bit floats are bfloat16 numbers, those of integers float16 numbers; block maxima are
 * float32 in any case.
 */
function floatType(
  { name, ownScales }: QuantisedWriter,
  { metadata: { rest } }: Artefact,
  modules: readonly CodedModule[],
): FloatType {
  if (rest !== 'bfloat16' || ownScales || modules.every(({ scheme }) => scheme.kind !== 'integers'))
    return FLOAT_TYPES[rest];
  throw new LabError(
    'unsupported',
    `The artefact keeps its other tensors as bfloat16, in which runtimes of ${name} would hold the scales as well; they are float16 numbers.`,
    'Compress the model with --rest float16 or --rest float32.',
  );
}

async function codedModules(artefact: Artefact, writer: QuantisedWriter): Promise<CodedModule[]> {
  const modules: CodedModule[] = [];
  for (const tensor of artefact.shape.tensors) {
    const packable = await packableOf(artefact, tensor, writer.name);
    if (!packable) continue;
    const module = moduleOf(tensor);
    const place = placeOf(tensor);
    // The codes are read again when they are written, so that those of one tensor are in memory.
    modules.push({ module, place, conv1d: tensor.transposed === true, tensor, scheme: packable.scheme });
  }
  if (modules.length > 0) return modules;
  throw new LabError(
    'unsupported',
    `The artefact has no quantised matrix to store as ${writer.name}.`,
    'Compress the model with a codec of integers, such as rtn(bits=4,group=128).',
  );
}

/**
 * Returns the tensors of some names that have a codec, in the form that other formats pack.
 * @throws LabError unsupported naming the tensor if its codec stores it in a form that no other format has
 */
export async function packableTensors(
  artefact: Artefact,
  names: ReadonlySet<string>,
  format: string,
): Promise<Map<string, Packable>> {
  const found = new Map<string, Packable>();
  for (const tensor of artefact.shape.tensors) {
    const packable = names.has(tensor.name) ? await packableOf(artefact, tensor, format) : undefined;
    if (packable) found.set(tensor.name, packable);
  }
  return found;
}

/**
 * Returns a tensor in the form that other formats pack; undefined for a tensor without a codec.
 * @throws LabError unsupported naming the tensor if its codec stores it in a form that no other format has
 */
async function packableOf(
  artefact: Artefact,
  tensor: TensorSpec,
  format: string,
): Promise<Packable | undefined> {
  const assigned = artefact.codecOf(tensor);
  if (!assigned) return undefined;
  const { codec, spec } = assigned;
  const packable = codec.packable?.(await artefact.stored(tensor, assigned));
  if (typeof packable === 'object') return packable;
  const why =
    packable ??
    `${formatCodec(spec)} stores neither integers with scales nor 8-bit floats nor levels of a table`;
  throw cannotHold(format, { module: moduleOf(tensor) }, why);
}

function moduleOf({ name }: TensorSpec): string {
  return name.replace(/\.weight$/, '');
}

function placeOf({ role }: TensorSpec): PackableModule['place'] {
  if (LINEAR_ROLES.has(role)) return 'block';
  return role === 'head' || role === 'classifier' ? 'head' : 'table';
}

/** Returns the linear layers that are not quantised, among them a head that is the table of tokens. */
function floatModules(shape: ModelShape, modules: readonly CodedModule[]): FloatModule[] {
  const coded = new Set(modules.map(({ tensor }) => tensor.name));
  const left = shape.tensors
    .filter((tensor) => !coded.has(tensor.name) && tensor.shape.length > 1 && placeOf(tensor) !== 'table')
    .map((tensor): FloatModule => ({ module: moduleOf(tensor), place: placeOf(tensor) }));
  return shape.tiedHead ? [...left, { module: 'lm_head', place: 'head' }] : left;
}

function entriesOf(
  artefact: Artefact,
  writer: QuantisedWriter,
  modules: readonly CodedModule[],
  floats: FloatType,
): LazyTensor[] {
  const coded = new Set(modules.map(({ tensor }) => tensor.name));
  const rest = artefact.shape.tensors.filter(({ name }) => !coded.has(name));
  return [
    ...modules.flatMap((module) => moduleEntries(artefact, writer, module, floats)),
    ...rest.map((tensor) => ({
      name: tensor.name,
      dtype: floats,
      shape: tensor.shape,
      bytes: () => restBytes(artefact, tensor, floats),
    })),
  ];
}

/**
 * Lists the tensors of a module. Their places in the file may be far apart, so that the small ones are kept until their turn, and a
 * large one is packed again if it was not the first.
 */
function moduleEntries(
  artefact: Artefact,
  writer: QuantisedWriter,
  module: CodedModule,
  floats: FloatType,
): LazyTensor[] {
  const layouts = writer.layout(module, floats);
  const kept = new Map<string, Uint8Array>();
  return layouts.map((layout) => ({
    ...layout,
    async bytes() {
      const known = kept.get(layout.name);
      if (known) {
        kept.delete(layout.name);
        return known;
      }
      const packable = await packableOf(artefact, module.tensor, writer.name);
      const parts = writer.pack(module, inCheckpointOrder(writer.name, module, packable!.read()), floats);
      const largest = Math.max(...parts.map(({ bytes }) => bytes.byteLength));
      for (const { name, bytes } of parts)
        if (name !== layout.name && bytes.byteLength <= largest / 4) kept.set(name, bytes);
      return parts.find(({ name }) => name === layout.name)!.bytes;
    },
  }));
}

async function restBytes(artefact: Artefact, tensor: TensorSpec, floats: FloatType): Promise<Uint8Array> {
  const values = toCheckpoint(tensor, await artefact.rest(tensor));
  // The values were stored in this type.
  if (floats === 'F32') return bytesOfWords(values);
  return bytesOfWords(floats === 'F16' ? floatsToHalves(values) : floatsToBfloat16s(values));
}

/** Returns a matrix with its rows in the order of the checkpoint. */
function inCheckpointOrder(format: string, module: CodedModule, matrix: PackableMatrix): PackableMatrix {
  const { rowOrder } = module.tensor;
  if (!rowOrder) return matrix;
  const permuted = <Values extends Uint8Array | Float32Array | Int16Array>(values: Values): Values => {
    const out = values.slice() as Values;
    const width = values.length / rowOrder.length;
    rowOrder.forEach((to, from) => out.set(values.subarray(from * width, (from + 1) * width), to * width));
    return out;
  };
  if (matrix.kind === 'integers') return permutedIntegers(matrix, permuted);
  if (matrix.kind === 'float8') return permutedFloats(format, module, matrix, permuted);
  throw cannotHold(format, module, 'its blocks span rows that the checkpoint stores apart');
}

type Permute = <Values extends Uint8Array | Float32Array | Int16Array>(values: Values) => Values;

function permutedIntegers(matrix: GroupedIntegers, permuted: Permute): GroupedIntegers {
  const { codes, scales, zeros, maxima } = matrix;
  return {
    ...matrix,
    codes: permuted(codes),
    scales: permuted(scales),
    ...(zeros && { zeros: permuted(zeros) }),
    ...(maxima && { maxima: permuted(maxima) }),
  };
}

function permutedFloats(
  format: string,
  module: CodedModule,
  matrix: ScaledFloat8,
  permuted: Permute,
): ScaledFloat8 {
  const { codes, scales, block, outputs } = matrix;
  if (block[0] >= outputs) return { ...matrix, codes: permuted(codes) };
  if (block[0] === 1) return { ...matrix, codes: permuted(codes), scales: permuted(scales) };
  throw cannotHold(format, module, 'its blocks span rows that the checkpoint stores apart');
}
