/**
 * Figures of Tenpak, the earlier name of Sparse: https://github.com/gagansuie/sparse. Ratios are against float32 and of the
 * compressed layers alone. None was measured on a model this plan runs.
 */
interface Published {
  /** Bits per weight of the published byte layout on long rows, every byte of metadata included. */
  bits?: string;
  ratio?: string;
  /** Change of perplexity in per cent, with its model. */
  change?: string;
  /** File of the repository. */
  source?: string;
}

export interface PublishedRow {
  codec: string;
  published?: Published;
  note?: string;
}

const LOG = 'archive/EXPERIMENT_LOG.md';
const SPACE = 'hf_space/COMPRESSION_RESULTS.md';
const SCRIPT = 'archive/scripts/eval_calibrated.py';

/** Both forms of a codec: as published, with the published figures, and corrected at the same bytes. */
function both(id: string, option: string, published: Published, note?: string): PublishedRow[] {
  const spelled = (mode: string) => `${id}(${[...(option ? [option] : []), `mode=${mode}`].join(',')})`;
  return [
    { codec: spelled('faithful'), published, ...(note !== undefined && { note }) },
    { codec: spelled('corrected') },
  ];
}

const int4 = (method: string, published: Published, note?: string) =>
  both('tenpak-int4', `method=${method}`, { source: LOG, ...published }, note);
const byRole = (method: string, published: Published, note?: string) =>
  both('tenpak-mixed', `method=${method}`, { source: LOG, ...published }, note);

/** INT4 in groups, without calibration. */
const INT4_ROWS: readonly PublishedRow[] = [
  ...int4(
    'int4_opt_llama_v1',
    { bits: '8', ratio: '4.00×', change: '+0.88 (TinyLlama 1.1B)' },
    'half of its 8 bits are scale and offset; its refinement of ranges raises the squared error',
  ),
  ...int4('int4_opt_v1', {
    bits: '6',
    ratio: '5.33×',
    change: '< 0.5 (TinyLlama 1.1B)',
    source: 'docs/compression_results.md',
  }),
  ...int4(
    'int4_residual_v1',
    { bits: '10', ratio: '3.20×', change: '−0.35 and +0.25 (TinyLlama 1.1B, two protocols)' },
    'its log also says about 5.0 bits and 6.4×: 4 + 2 + 2 + 2 are 10 bits, which is what 3.20× means',
  ),
  ...int4(
    'int4_calibrated_v1',
    { bits: '7.5', ratio: '4.27×', change: '+0.36 (TinyLlama 1.1B)' },
    'the 1-bit mask and the INT2 residual are part of 7.5 bits',
  ),
  ...int4('int4_spin_v1', { bits: '4.125', ratio: '7.76×', change: '+10.3 (TinyLlama 1.1B)' }),
  ...int4('int4_10x_v1', { bits: '4.125', ratio: '7.76×', change: '+14.4 (TinyLlama 1.1B)' }),
  ...int4(
    'int4_awq_10x_v1',
    { bits: '4.25', ratio: '7.53×', change: '+8.6 (TinyLlama 1.1B)' },
    'its scaling multiplies whole tensors by 1.5, which changes nothing but rounding',
  ),
  ...int4('int4_gptq_lite_v1', { bits: '4.5', ratio: '7.11×', change: '+8.5 (TinyLlama 1.1B)' }),
  ...byRole('int4_mixed_v1', { bits: '4.2', ratio: '7.60×', change: '+19.8 (TinyLlama 1.1B)' }),
  ...byRole('int4_hybrid_v1', { bits: '4.2', ratio: '7.60×', change: '+11.6 (TinyLlama 1.1B)' }),
  ...byRole(
    'int4_hybrid_v2',
    { bits: '4.4', ratio: '7.25×', change: 'broken' },
    'its reader expects the residual’s scales before its codes: nothing sensible comes back',
  ),
  ...byRole(
    'int4_ultimate_v1',
    { source: 'core/codecs.py' },
    'no figures published; outliers cost 64 bits each',
  ),
];

/** Low rank, vectors, additive codebooks. */
const STRUCTURE_ROWS: readonly PublishedRow[] = [
  ...both(
    'tenpak-caldera',
    '',
    { bits: '2.5 + 8r(m+n)/mn', source: 'core/codecs.py' },
    'no figures published',
  ),
  ...both(
    'tenpak-aqlm',
    '',
    { bits: '5', ratio: '6.4×', source: 'core/codecs.py' },
    'no perplexity published',
  ),
  ...both(
    'tenpak-vq',
    'version=v1',
    { bits: '6', ratio: '5.32×', change: '+1.39 (GPT-2)', source: LOG },
    'not the PocketLLM of the paper: k-means and an INT4 residual',
  ),
  ...both('tenpak-vq', 'version=v2', {
    bits: '8',
    ratio: '4.00×',
    change: '+0.23 (GPT-2), +0.095 (TinyLlama 1.1B)',
    source: LOG,
  }),
  ...both(
    'tenpak-x',
    'version=v1',
    {
      bits: '7 + 16r(m+n)/mn',
      ratio: '4.08× (GPT-2), 4.36× (TinyLlama)',
      change: '+0.027 (GPT-2), −0.017 (TinyLlama 1.1B)',
      source: LOG,
    },
    'the low-rank part is 32 triplets: on small matrices it weighs much more than on the published models',
  ),
  ...both(
    'tenpak-x',
    'version=v2',
    { bits: '4 + 16r(m+n)/mn', ratio: '5.64×', change: '+7.18 (GPT-2)', source: LOG },
    'published variants with a sparse residual: 1.81×, +0.25 (25 %) and 3.29×, +0.50 (5 %)',
  ),
];

/** Calibrated: tiers by sensitivity, and the production codec. */
const CALIBRATED_ROWS: readonly PublishedRow[] = [
  {
    codec: 'tenpak-tiers(table=seed,mode=faithful,sensitivity=position)',
    published: {
      ratio: '4.82× (GPT-2), 4.58× (TinyLlama), 6.03× (GPT-2 XL)',
      change: '+0.68 (GPT-2), +0.15 (TinyLlama), −0.21 (GPT-2 XL)',
      source: `${LOG}, ${SCRIPT}`,
    },
    note: 'published ratios count 1, 0.75 or 0.5 bytes per weight and no metadata; the top tier really takes 16 bits',
  },
  { codec: 'tenpak-tiers(table=seed,mode=faithful,sensitivity=loss)' },
  { codec: 'tenpak-tiers(table=seed,mode=corrected,sensitivity=loss)' },
  { codec: 'tenpak-tiers(table=code,mode=faithful,sensitivity=position)' },
  { codec: 'tenpak-tiers(table=code,mode=corrected,sensitivity=loss)' },
  {
    codec: 'tenpak-awq(group=256)',
    published: { bits: '4.31', ratio: '7.42×', change: '+1.47 (Mistral 7B, v10)', source: SPACE },
    note: 'v10 takes groups of 256 for attention and 2048 for the MLP; embedding and head are not counted; other versions: v11 7.70×, +3.59; v13 7.42×, +2.67; v16 7.48×, +1.87; v17 7.95×, +32.7; v20 10.09×, +63.7',
  },
  { codec: 'tenpak-awq(group=256,mode=corrected)' },
  { codec: 'tenpak-awq(group=2048)', note: 'v10’s group of the MLP, here for all matrices' },
  { codec: 'tenpak-awq(group=2048,mode=corrected)' },
];

/** Every codec of the family, in the order of its log. */
export const PUBLISHED_ROWS: readonly PublishedRow[] = [...INT4_ROWS, ...STRUCTURE_ROWS, ...CALIBRATED_ROWS];
