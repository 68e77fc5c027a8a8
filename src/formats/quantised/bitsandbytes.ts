import { quoted } from '../../base/shown';
import type { FileTensor } from '../fileTensor';
import { swappedAxes } from './integers';
import { badParts, bytesOf, notImplemented, readFloats, StoredParts } from './parts';
import { QuantisationSettings } from './settings';
import { RestoredTensor, type QuantisedFormat, type QuantisedInput } from './types';

const NAME = 'bitsandbytes';
/** Names of the tensor with the settings of a weight of 4 bits, which say the type once more. */
const STATES = ['nf4', 'fp4'].map((type) => ({ type, suffix: `.weight.quant_state.bitsandbytes__${type}` }));
/** The float32 that the library multiplies with, in place of a division by 127. */
const ONE_127TH = Math.fround(7.874015718698502e-3);
/** The format of int8 weights whose rows are stored as they are; others were for older GPUs. */
const ROW_FORMAT = 0;

/**
 * bitsandbytes as transformers saves it. With 4 bits, `weight` holds two codes of the flat matrix in a byte, the first in the high
 * bits; a code is looked up in `quant_map` and multiplied with the `absmax` of its block, which may itself be quantised (QLoRA,
 * Dettmers et al. 2023, section 3). With 8 bits, `SCB` is the largest magnitude of each row. A GPT-2's Conv1D is stored as a Linear.
 */
export const bitsandbytes: QuantisedFormat = {
  name: NAME,
  async open(input) {
    const settings = new QuantisationSettings(NAME, input.settings);
    settings.text('bnb_4bit_quant_storage', ['uint8'], 'uint8');
    settings.absent('llm_int8_has_fp16_weight', 'its weights are not quantised');
    const parts = new StoredParts(NAME, input.tensors);
    const restored = new Map<string, RestoredTensor>();
    const schemes = new Set<string>();
    for (const { type, suffix } of STATES)
      for (const module of parts.modules(suffix)) {
        const { tensor, scheme } = await openFourBits(module, type, suffix, parts, input);
        restored.set(`${module}.weight`, tensor);
        schemes.add(scheme);
      }
    for (const module of parts.modules('.SCB')) {
      restored.set(`${module}.weight`, await openInt8(module, parts, input));
      schemes.add('int8');
    }
    if (restored.size === 0) throw badParts(NAME, 'it has no quantised weights');
    return {
      scheme: `bitsandbytes, ${[...schemes].join(' and ')}`,
      ...(schemes.has('int8') && {
        note: 'runtimes quantise activations as well and keep outliers; here only the weights are quantised',
      }),
      tensors: parts.with(restored),
    };
  },
};

/** The settings of one weight of 4 bits. */
interface State {
  shape: [rows: number, columns: number];
  block: number;
  /** Of quantised block maxima. */
  nested?: { block: number; offset: number };
}

async function openFourBits(
  module: string,
  type: string,
  suffix: string,
  parts: StoredParts,
  { isConv1d }: QuantisedInput,
): Promise<{ tensor: RestoredTensor; scheme: string }> {
  const name = `${module}.weight`;
  const json = parts.required(`${module}${suffix}`, { dtypes: ['U8'], shape: [-1] });
  const state = readState(`${module}${suffix}`, type, await json.read());
  const [rows, columns] = state.shape;
  const weight = parts.required(name, { dtypes: ['U8'], shape: [Math.ceil((rows * columns) / 2), 1] });
  const map = parts.required(`${name}.quant_map`, { dtypes: ['F32'], shape: [16] });
  const blocks = Math.ceil((rows * columns) / state.block);
  const maxima = openMaxima(name, parts, state, blocks);
  const conv1d = isConv1d(name);
  const tensor = new RestoredTensor(
    conv1d ? [columns, rows] : [rows, columns],
    {
      codes: weight.byteLength,
      scales: maxima.bytes,
      codebooks: map.byteLength + maxima.mapBytes,
      tables: json.byteLength,
    },
    async () => {
      const values = fourBitValues(await weight.read(), await readFloats(map), await maxima.read(), state);
      return conv1d ? swappedAxes(values, rows, columns) : values;
    },
  );
  return { tensor, scheme: `${type}, blocks of ${state.block}${state.nested ? ', quantised twice' : ''}` };
}

function fourBitValues(
  bytes: Uint8Array,
  map: Float32Array,
  maxima: Float32Array,
  { shape: [rows, columns], block }: State,
): Float32Array {
  const values = new Float32Array(rows * columns);
  for (let i = 0; i < values.length; i++) {
    const byte = bytes[i >>> 1];
    values[i] = map[i & 1 ? byte & 15 : byte >>> 4] * maxima[Math.floor(i / block)];
  }
  return values;
}

interface Maxima {
  bytes: number;
  mapBytes: number;
  read(): Promise<Float32Array>;
}

function openMaxima(name: string, parts: StoredParts, { nested }: State, blocks: number): Maxima {
  if (!nested) {
    const absmax = parts.required(`${name}.absmax`, { dtypes: ['F32'], shape: [blocks] });
    return { bytes: absmax.byteLength, mapBytes: 0, read: () => readFloats(absmax) };
  }
  const codes = parts.required(`${name}.absmax`, { dtypes: ['U8'], shape: [blocks] });
  const map = parts.required(`${name}.nested_quant_map`, { dtypes: ['F32'], shape: [256] });
  const outer = parts.required(`${name}.nested_absmax`, {
    dtypes: ['F32'],
    shape: [Math.ceil(blocks / nested.block)],
  });
  return {
    bytes: bytesOf(codes, outer),
    mapBytes: map.byteLength,
    read: () => nestedMaxima(codes, map, outer, nested),
  };
}

async function nestedMaxima(
  codes: FileTensor,
  map: FileTensor,
  outer: FileTensor,
  { block, offset }: { block: number; offset: number },
): Promise<Float32Array> {
  const bytes = await codes.read();
  const [values, scales] = [await readFloats(map), await readFloats(outer)];
  return Float32Array.from(
    bytes,
    (code, i) => Math.fround(values[code] * scales[Math.floor(i / block)]) + Math.fround(offset),
  );
}

function readState(name: string, type: string, bytes: Uint8Array): State {
  const settings = new QuantisationSettings(NAME, parseState(name, bytes));
  settings.text('quant_type', [type]);
  const shape = settings.integers('shape');
  if (shape.length !== 2 || shape.some((n) => n < 0))
    throw badParts(NAME, `${quoted(name)} has a shape that is no matrix`);
  const block = settings.integer('blocksize');
  const isNested = settings.has('nested_blocksize');
  const nestedBlock = isNested ? settings.integer('nested_blocksize') : 1;
  if (block < 1 || nestedBlock < 1) throw badParts(NAME, `${quoted(name)} has a block without values`);
  return {
    shape: [shape[0], shape[1]],
    block,
    ...(isNested && { nested: { block: nestedBlock, offset: settings.number('nested_offset') } }),
  };
}

function parseState(name: string, bytes: Uint8Array): Record<string, unknown> {
  try {
    const value: unknown = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
    if (typeof value === 'object' && value !== null && !Array.isArray(value))
      return value as Record<string, unknown>;
  } catch {
    // The error below says what is wrong.
  }
  throw badParts(NAME, `${quoted(name)} does not hold a JSON object`);
}

async function openInt8(
  module: string,
  parts: StoredParts,
  { isConv1d }: QuantisedInput,
): Promise<RestoredTensor> {
  const name = `${module}.weight`;
  const weight = parts.required(name, { dtypes: ['I8'], shape: [-1, -1] });
  const [rows, columns] = weight.shape;
  const maxima = parts.required(`${module}.SCB`, { dtypes: ['F32'], shape: [rows] });
  const format = parts.optional(`${module}.weight_format`, { dtypes: ['U8'], shape: [] });
  const stored = format ? (await format.read())[0] : ROW_FORMAT;
  if (stored !== ROW_FORMAT)
    throw notImplemented(
      NAME,
      `${quoted(`${module}.weight_format`)} is ${stored}, and only rows (0) can be read`,
    );
  const conv1d = isConv1d(name);
  return new RestoredTensor(
    conv1d ? [columns, rows] : [rows, columns],
    { codes: weight.byteLength, scales: maxima.byteLength, codebooks: 0, tables: bytesOf(format) },
    async () => {
      const { buffer, byteOffset, byteLength } = await weight.read();
      const codes = new Int8Array(buffer, byteOffset, byteLength);
      const scales = await readFloats(maxima);
      const values = new Float32Array(codes.length);
      for (let row = 0, at = 0; row < rows; row++)
        for (let column = 0; column < columns; column++, at++)
          values[at] = Math.fround(codes[at] * scales[row]) * ONE_127TH;
      return conv1d ? swappedAxes(values, rows, columns) : values;
    },
  );
}
