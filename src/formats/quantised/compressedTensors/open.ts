import { quoted } from '../../../base/shown';
import { blocksOf, restoreFloat8, type Float8Sizes } from '../float8';
import { groupsOf, restoreIntegers, type IntegerSizes } from '../integers';
import {
  badParts,
  bytesOf,
  FLOAT_TYPES,
  notImplemented,
  readFloats,
  readInputGroups,
  readWords,
  StoredParts,
  WORD_TYPES,
} from '../parts';
import { QuantisationSettings } from '../settings';
import { RestoredTensor, type QuantisedFormat, type QuantisedInput } from '../types';
import { NAME } from './name';
import { packedParts, unpackCompressed } from './packed';

const BITS = [4, 8];

/** One entry of `config_groups`: what its layers have in common. */
interface Scheme {
  type: 'int' | 'float';
  bits: number;
  symmetric: boolean;
  strategy: 'group' | 'channel' | 'tensor' | 'block';
  /** Inputs of a group, for the strategy `group`. */
  group?: number;
  /** Rows and columns of a block, for the strategy `block`. */
  block?: readonly [rows: number, columns: number];
  /** Whether runtimes quantise activations as well. */
  activations: boolean;
}

/**
 * compressed-tensors, as llm-compressor writes it and vLLM reads it: integers in words (`pack-quantized`, 4 or 8 bits) or bytes
 * (`int-quantized`, 8 bits), and 8-bit floats (`float-quantized`, e4m3).
 */
export const compressedTensors: QuantisedFormat = {
  name: NAME,
  async open(input) {
    const schemes = readSchemes(input.settings);
    const parts = new StoredParts(NAME, input.tensors);
    const modules = parts.someModules('.weight_scale');
    const restored = new Map<string, RestoredTensor>();
    for (const module of modules) {
      const name = `${module}.weight`;
      if (input.isConv1d(name)) throw notImplemented(NAME, `${quoted(module)} is a Conv1D and not a Linear`);
      restored.set(name, await openModule(module, parts, schemes));
    }
    const note = schemes.some(({ activations }) => activations)
      ? 'runtimes quantise activations as well; here only the weights are quantised'
      : undefined;
    return {
      scheme: `compressed-tensors, ${[...new Set(schemes.map(schemeText))].join(' and ')}`,
      ...(note !== undefined && { note }),
      tensors: parts.with(restored),
    };
  },
};

function schemeText({ type, bits, symmetric, strategy, group, block, activations }: Scheme): string {
  const sizes = {
    tensor: 'one scale',
    channel: 'a scale for each output',
    group: `group ${group}`,
    block: `blocks of ${block?.join(' × ')}`,
  };
  const kind = type === 'float' ? 'FP8 (e4m3)' : symmetric ? 'symmetric' : 'asymmetric';
  return `W${bits}A${activations ? 8 : 16}, ${sizes[strategy]}, ${kind}`;
}

function readSchemes(values: QuantisedInput['settings']): Scheme[] {
  const settings = new QuantisationSettings(NAME, values);
  settings.text('quantization_status', ['compressed'], 'compressed');
  settings.text('format', [...FORMATS, 'mixed-precision']);
  settings.absent('transform_config', 'transformed weights are not implemented');
  const sparsity = settings.object('sparsity_config');
  if (sparsity && Object.keys(sparsity).length > 0)
    new QuantisationSettings(NAME, sparsity).text('format', ['dense']);
  const groups = new QuantisationSettings(NAME, settings.object('config_groups') ?? {});
  const names = Object.keys(settings.object('config_groups') ?? {});
  if (names.length === 0) throw notImplemented(NAME, 'config_groups is missing or empty');
  return names.map((name) => readScheme(groups.object(name) ?? {}));
}

/** Formats of layers; the second is that of the others where a layer has none. */
const FORMATS = ['pack-quantized', 'int-quantized', 'float-quantized', 'naive-quantized'] as const;

function readScheme(group: Readonly<Record<string, unknown>>): Scheme {
  const outer = new QuantisationSettings(NAME, group);
  outer.text('format', FORMATS, 'pack-quantized');
  const weights = new QuantisationSettings(NAME, outer.object('weights') ?? {});
  const type = weights.text('type', ['int', 'float']);
  weights.absent('dynamic', 'weights with scales that are computed while running are not implemented');
  weights.text('actorder', ['group', 'weight', 'static', 'dynamic'], 'weight');
  const isFloat = type === 'float';
  const strategy = weights.text(
    'strategy',
    isFloat ? ['channel', 'tensor', 'block'] : ['group', 'channel', 'tensor'],
  );
  const symmetric = weights.flag('symmetric', true);
  if (isFloat && !symmetric) throw notImplemented(NAME, 'symmetric is false for 8-bit floats');
  return {
    type,
    bits: weights.oneOf('num_bits', isFloat ? [8] : BITS),
    symmetric,
    strategy,
    ...(strategy === 'group' && { group: weights.integer('group_size') }),
    ...(strategy === 'block' && { block: readBlock(weights) }),
    activations: outer.has('input_activations'),
  };
}

function readBlock(weights: QuantisationSettings): [rows: number, columns: number] {
  const block = weights.integers('block_structure');
  if (block.length === 2 && block.every((n) => n > 0)) return [block[0], block[1]];
  throw notImplemented(NAME, `block_structure is [${block.join(', ')}]`);
}

/** Opens one layer; its tensors say how it is stored. */
type OpenModule = (
  module: string,
  parts: StoredParts,
  schemes: readonly Scheme[],
) => RestoredTensor | Promise<RestoredTensor>;

const openModule: OpenModule = (module, parts, schemes) => {
  if (parts.has(`${module}.weight_packed`)) return openPacked(module, parts, schemes);
  const isFloat = parts.dtypeOf(`${module}.weight`)?.startsWith('F8');
  return isFloat ? openFloats(module, parts, schemes) : openIntegers(module, parts, schemes);
};

const openPacked: OpenModule = async (module, parts, schemes) => {
  const packed = parts.required(`${module}.weight_packed`, { dtypes: WORD_TYPES, shape: [-1, -1] });
  const shapePart = parts.required(`${module}.weight_shape`, { dtypes: ['I64', 'I32'], shape: [2] });
  const [outputs, inputs] = readShape(shapePart.dtype, await shapePart.read());
  const bits = BITS.find((width) => Math.ceil((inputs * width) / 32) === packed.shape[1]);
  if (outputs !== packed.shape[0] || bits === undefined)
    throw badParts(
      NAME,
      `${quoted(module)} has the shape [${outputs}, ${inputs}], but its weight_packed has [${packed.shape}]`,
    );
  const { sizes, scale } = openScales(module, parts, { outputs, inputs, bits });
  const zeros = parts.optional(`${module}.weight_zero_point`, packedParts(sizes).weight_zero_point);
  const index = parts.optional(`${module}.weight_g_idx`, { dtypes: WORD_TYPES, shape: [inputs] });
  checkIntegers(module, sizes, zeros === undefined, schemes);
  return new RestoredTensor(
    [outputs, inputs],
    {
      codes: packed.byteLength,
      scales: bytesOf(scale, zeros),
      codebooks: 0,
      tables: bytesOf(shapePart, index),
    },
    async () => {
      const words = { codes: await readWords(packed), ...(zeros && { zeros: await readWords(zeros) }) };
      const order = await orderOfInputs(module, sizes, index);
      const scales = spread(await readFloats(scale), sizes);
      return restoreIntegers({
        kind: 'integers',
        ...sizes,
        ...unpackCompressed(words, sizes),
        scales,
        ...order,
      });
    },
  );
};

const openIntegers: OpenModule = (module, parts, schemes) => {
  const weight = parts.required(`${module}.weight`, { dtypes: ['I8'], shape: [-1, -1] });
  const [outputs, inputs] = weight.shape;
  const { sizes, scale } = openScales(module, parts, { outputs, inputs, bits: 8 });
  const zeros = parts.optional(`${module}.weight_zero_point`, { dtypes: ['I8'], shape: scale.shape });
  const index = parts.optional(`${module}.weight_g_idx`, { dtypes: WORD_TYPES, shape: [inputs] });
  checkIntegers(module, sizes, zeros === undefined, schemes);
  return new RestoredTensor(
    [outputs, inputs],
    { codes: weight.byteLength, scales: bytesOf(scale, zeros), codebooks: 0, tables: bytesOf(index) },
    async () => {
      const order = await orderOfInputs(module, sizes, index);
      const codes = withoutSign(await weight.read());
      const scales = spread(await readFloats(scale), sizes);
      const stored = zeros && Int16Array.from(withoutSign(await zeros.read()));
      const whole = stored && spread(stored, sizes);
      return restoreIntegers({
        kind: 'integers',
        ...sizes,
        codes,
        scales,
        ...(whole && { zeros: whole }),
        ...order,
      });
    },
  );
};

const openFloats: OpenModule = (module, parts, schemes) => {
  const weight = parts.required(`${module}.weight`, { dtypes: ['F8_E4M3'], shape: [-1, -1] });
  const [outputs, inputs] = weight.shape;
  const sizes = schemes
    .filter(({ type }) => type === 'float')
    .map((scheme): Float8Sizes => ({
      outputs,
      inputs,
      format: 'e4m3',
      block: floatBlock(scheme, weight.shape),
    }));
  const rank = parts.rankOf(`${module}.weight_scale`);
  const shapesOf = (size: Float8Sizes) => (rank === 1 ? [1] : blocksOf(size));
  const found = sizes.find((size) => parts.fits(`${module}.weight_scale`, shapesOf(size))) ?? sizes[0];
  if (!found)
    throw badParts(NAME, `${quoted(module)} has 8-bit floats, which no entry of config_groups describes`);
  const scale = parts.required(`${module}.weight_scale`, { dtypes: FLOAT_TYPES, shape: shapesOf(found) });
  return new RestoredTensor(
    [outputs, inputs],
    { codes: weight.byteLength, scales: scale.byteLength, codebooks: 0, tables: 0 },
    async () => {
      const [codes, scales] = [await weight.read(), await readFloats(scale)];
      const block: Float8Sizes['block'] =
        rank === 1 ? [Math.max(outputs, 1), Math.max(inputs, 1)] : found.block;
      return restoreFloat8({ kind: 'float8', ...found, block, codes, scales });
    },
  );
};

function floatBlock({ strategy, block }: Scheme, [outputs, inputs]: readonly number[]): Float8Sizes['block'] {
  if (strategy === 'block') return block!;
  return [strategy === 'tensor' ? Math.max(outputs, 1) : 1, Math.max(inputs, 1)];
}

/** Opens the scales of integers: of groups or channels [out, groups], or a vector of one element for the whole matrix. */
function openScales(
  module: string,
  parts: StoredParts,
  { outputs, inputs, bits }: Omit<IntegerSizes, 'group'>,
) {
  const name = `${module}.weight_scale`;
  const shape = parts.rankOf(name) === 1 ? [1] : [outputs, -1];
  const scale = parts.required(name, { dtypes: FLOAT_TYPES, shape });
  const groups = Math.max(scale.shape[1] ?? 1, 1);
  return { scale, sizes: { outputs, inputs, bits, group: Math.max(inputs / groups, 1) } };
}

/** Repeats a value for the whole matrix for every output. */
function spread<Values extends Float32Array | Int16Array>(values: Values, sizes: IntegerSizes): Values {
  if (values.length !== 1) return values;
  const whole = sizes.outputs * groupsOf(sizes);
  return (values instanceof Float32Array ? new Float32Array(whole) : new Int16Array(whole)).fill(
    values[0],
  ) as Values;
}

/** Checks that config.json describes layers like this one, since bits and groups are taken from the tensors. */
function checkIntegers(
  module: string,
  sizes: IntegerSizes,
  symmetric: boolean,
  schemes: readonly Scheme[],
): void {
  const { bits, inputs, group } = sizes;
  const fits = schemes.some(
    (scheme) =>
      scheme.type === 'int' &&
      scheme.bits === bits &&
      // Symmetric layers may have zero points that are all 0.
      (scheme.symmetric || !symmetric) &&
      (scheme.group === undefined ? group >= inputs : group === scheme.group),
  );
  if (fits) return;
  throw badParts(
    NAME,
    `${quoted(module)} has ${bits} bits, ${groupsOf(sizes)} groups of its ${inputs} inputs and ${symmetric ? 'no ' : ''}zero points, which no entry of config_groups describes`,
  );
}

function readShape(dtype: string, bytes: Uint8Array): [number, number] {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const at = (i: number) =>
    dtype === 'I64' ? Number(view.getBigInt64(8 * i, true)) : view.getInt32(4 * i, true);
  return [at(0), at(1)];
}

/** Returns the group of every input; nothing where the layer was not reordered, which −1 says. */
async function orderOfInputs(
  module: string,
  sizes: IntegerSizes,
  index: Parameters<typeof readInputGroups>[2] | undefined,
): Promise<{ order?: Uint32Array }> {
  if (!index || (await readWords(index)).includes(0xffffffff)) return {};
  return { order: await readInputGroups(NAME, `${module}.weight_g_idx`, index, groupsOf(sizes)) };
}

/** Returns signed bytes with 128 added, as packed codes of 8 bits are stored. */
function withoutSign(bytes: Uint8Array): Uint8Array {
  return bytes.map((byte) => byte ^ 0x80);
}
