import type { SchemeName } from '../../../estimate/size';

/** What Sparse (https://github.com/gagansuie/sparse, optimizer/candidates.py) expects of a preset before measuring it. */
interface Expected {
  compression: number;
  /** The type that `compression` refers to, since the catalogue mixes both. */
  against: 'float32' | 'float16';
  /** Rise of the perplexity in per cent. */
  change: number;
  /** Whether the catalogue says that calibration data is needed. */
  calibrated: boolean;
}

export interface PublishedPreset {
  /** Name in core/quantization.py, or the method of one of ours. */
  name: string;
  codec: string;
  expected?: Expected;
  /** Plain rounding at the same bits and groups. */
  twin?: string;
  /** The published storage format. */
  scheme?: SchemeName;
  note?: string;
}

const RTN_ROW = 'rtn(bits=4,group=row)';
const RTN_128 = 'rtn(bits=4,group=128)';
const RTN_32 = 'rtn(bits=4,group=32)';
const ASYMMETRIC_128 = 'rtn(bits=4,group=128,scheme=asymmetric)';
const ASYMMETRIC_256 = 'rtn(bits=4,group=256,scheme=asymmetric)';
const ASYMMETRIC_32 = 'rtn(bits=4,group=32,scheme=asymmetric)';
const INT8 = 'rtn(bits=8,group=row)';

/** The eight presets with the catalogue's expectations. */
export const PUBLISHED_PRESETS: readonly PublishedPreset[] = [
  {
    name: 'fp16',
    codec: 'float16',
    expected: { compression: 1, against: 'float16', change: 0, calibrated: false },
    scheme: 'float16',
  },
  {
    name: 'gptq_quality',
    codec: 'gptq(bits=4,group=128,scheme=symmetric,act-order=true)',
    expected: { compression: 7.5, against: 'float32', change: 1, calibrated: true },
    twin: RTN_128,
    scheme: 'gptq-128',
    note: 'act-order needs no g_idx here: groups stay those of the stored order',
  },
  {
    name: 'gptq_balanced',
    codec: 'gptq(bits=4,group=256,scheme=symmetric,act-order=true)',
    expected: { compression: 7.8, against: 'float32', change: 1.5, calibrated: true },
    twin: 'rtn(bits=4,group=256)',
    scheme: 'gptq-256',
  },
  {
    name: 'gptq_size',
    codec: 'gptq(bits=4,group=row,scheme=symmetric,act-order=true)',
    expected: { compression: 8, against: 'float32', change: 2.5, calibrated: true },
    twin: RTN_ROW,
    scheme: 'gptq-512',
    note: 'published with group 512; here the whole row',
  },
  {
    name: 'awq_quality',
    codec: 'awq(bits=4,group=128)',
    expected: { compression: 7.5, against: 'float32', change: 0.8, calibrated: true },
    twin: ASYMMETRIC_128,
    scheme: 'awq-128',
  },
  {
    name: 'awq_balanced',
    codec: 'awq(bits=4,group=256)',
    expected: { compression: 7.8, against: 'float32', change: 1.2, calibrated: true },
    twin: ASYMMETRIC_256,
    scheme: 'awq-256',
  },
  {
    name: 'bnb_int8',
    codec: 'llm-int8(threshold=6)',
    expected: { compression: 2, against: 'float16', change: 0.3, calibrated: false },
    twin: INT8,
    scheme: 'llm-int8',
    note: 'activations are int8 too, as published',
  },
  {
    name: 'bnb_nf4',
    codec: 'nf4(block=64,double=true)',
    expected: { compression: 7.5, against: 'float32', change: 1, calibrated: false },
    twin: 'rtn(bits=4,group=64)',
    scheme: 'nf4-double',
  },
];

/**
 * The weights of Quanto (https://github.com/huggingface/optimum-quanto, `QuantoConfig` of transformers): int8 and float8 with a scale for
 * each output, int4 and int2 in groups of 128 from the minimum to the maximum.
 */
const QUANTO_SHIFT = 'published with a real shift of each group; here an integer zero point';

const QUANTO_PRESETS: readonly PublishedPreset[] = [
  { name: 'quanto_int8', codec: INT8 },
  { name: 'quanto_float8', codec: 'fp8(format=e4m3,scale=row)', twin: INT8 },
  { name: 'quanto_int4', codec: ASYMMETRIC_128, note: QUANTO_SHIFT },
  { name: 'quanto_int2', codec: 'rtn(bits=2,group=128,scheme=asymmetric)', note: QUANTO_SHIFT },
];

/** Quanto's presets, the same methods where groups fit the rows of a small model, and others of the field. */
export const OTHER_PRESETS: readonly PublishedPreset[] = [
  ...QUANTO_PRESETS,
  { name: 'GPTQ, groups of 32', codec: 'gptq(bits=4,group=32,scheme=symmetric)', twin: RTN_32 },
  { name: 'GPTQ, groups of 32', codec: 'gptq(bits=4,group=32)', twin: ASYMMETRIC_32 },
  { name: 'AWQ, groups of 32', codec: 'awq(bits=4,group=32)', twin: ASYMMETRIC_32 },
  { name: 'HQQ', codec: 'hqq(bits=4,group=64)', twin: 'rtn(bits=4,group=64,scheme=asymmetric)' },
  { name: 'NF4', codec: 'nf4(block=64)', twin: 'rtn(bits=4,group=64)', scheme: 'nf4' },
  { name: 'SmoothQuant', codec: 'smoothquant(alpha=0.5)', twin: INT8 },
];

/** Lists every codec of the plan once: the presets, the others, and their twins. */
export function allCodecs(): string[] {
  const rows = [...PUBLISHED_PRESETS, ...OTHER_PRESETS];
  return [...new Set([...rows.map(({ codec }) => codec), ...rows.flatMap(({ twin }) => twin ?? [])])];
}
