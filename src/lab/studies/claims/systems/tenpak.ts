import { significant } from '../../../../base/format';
import type { MatrixShape } from '../../../../codecs/contract/codec';
import { layoutRatio } from '../arithmetic';
import type { Claim } from '../claim';
import { computed, tableCell, tableText, type Evidence } from '../evidence';

const LOG = 'archive/EXPERIMENT_LOG.md';
const SPACE = 'hf_space/COMPRESSION_RESULTS.md';
const TABLE = 'docs/tables/tenpak.md';
const PLAN = 'npm run sweep -- --plan tenpak';
const RATIO = '÷ float32, published';
const LAYERS = 'compressed layers alone, against float32';
const MLP_ONLY = 'WikiText-2, 30 to 50 windows, mean of window means, MLP layers only';

const ratio = (value: number) => `${significant(value)}×`;
const spelled = (codec: string) =>
  `\`${codec.includes('(') ? codec.replace(/\)$/, ',mode=faithful)') : `${codec}(mode=faithful)`}\``;
const cell = (label: string, codec: string, column: string, right = 0): Evidence =>
  tableCell(label, { file: TABLE, row: spelled(codec), column, right });
const ours = (codec: string) => cell('coded layers of stories260K', codec, RATIO, 1);
const file = (codec: string) => cell('whole file on stories260K', codec, RATIO, 2);
const change = (codec: string) =>
  cell('change on stories260K in %', codec, 'Δ perplexity %, published (other model)', 1);
const verdict = (codec: string) =>
  tableText('verdict', {
    ...{ file: TABLE, row: spelled(codec), column: 'Verdict against plain rounding in no more bytes' },
  });

const LLAMA_MLP: MatrixShape = [2048, 5632];
const GPT2_MLP: MatrixShape = [768, 3072];

/** Ratios that follow from a codec's byte layout on a matrix of the published size. */
const LAYOUTS = [
  ['tenpak-int4(method=int4_opt_llama_v1)', 4, LLAMA_MLP, 'Half of its 8 bits are scale and offset.'],
  ['tenpak-int4(method=int4_opt_v1)', 5.33, LLAMA_MLP, 'Scale and offset take 2 of its 6 bits.'],
  ['tenpak-int4(method=int4_residual_v1)', 3.2, LLAMA_MLP, 'Ten bits: 1.6× against float16.'],
  [
    'tenpak-int4(method=int4_calibrated_v1)',
    4.27,
    LLAMA_MLP,
    'A mask and a residual are part of its 7.5 bits.',
  ],
  ['tenpak-int4(method=int4_spin_v1)', 7.76, LLAMA_MLP, 'Groups of 256.'],
  ['tenpak-int4(method=int4_10x_v1)', 7.76, LLAMA_MLP, 'Groups of 256. The name promises 10×.'],
  ['tenpak-int4(method=int4_awq_10x_v1)', 7.53, LLAMA_MLP, 'Groups of 128. The name promises 10×.'],
  ['tenpak-int4(method=int4_gptq_lite_v1)', 7.11, LLAMA_MLP, 'Groups of 64.'],
  ['tenpak-vq(version=v1)', 5.32, LLAMA_MLP, 'Vectors of 8 with a residual of 5 bits.'],
  ['tenpak-vq(version=v2)', 4, LLAMA_MLP, 'Vectors of 4 with a residual of 6 bits.'],
  ['tenpak-aqlm', 6.4, LLAMA_MLP, 'Two scalar codebooks a group, not the method of the paper.'],
  ['tenpak-x(version=v1)', 4.08, GPT2_MLP, 'The MLP of GPT-2.'],
  ['tenpak-x(version=v1)', 4.36, LLAMA_MLP, 'The MLP of TinyLlama.'],
  ['tenpak-x(version=v2)', 5.64, GPT2_MLP, 'The MLP of GPT-2.'],
] as const;

const RATIOS: readonly Claim[] = LAYOUTS.map(([codec, claimed, shape, why]) => ({
  ...{ source: LOG, protocol: LAYERS, test: PLAN, why },
  claim: `${nameOf(codec)}: ${ratio(claimed)}`,
  evidence: [
    computed(`${shape.join(' × ')} in its layout`, () => layoutRatio(codec, shape), ratio),
    file(codec),
  ],
  judge: { claimed, within: 0.01 },
}));

/** Losses of perplexity on other models, in per cent. */
const LOSSES = [
  ['tenpak-int4(method=int4_opt_llama_v1)', '+0.88 %', 'TinyLlama 1.1B'],
  ['tenpak-int4(method=int4_residual_v1)', '+0.25 % and −0.35 %', 'TinyLlama 1.1B, two protocols'],
  ['tenpak-int4(method=int4_calibrated_v1)', '+0.36 %', 'TinyLlama 1.1B'],
  ['tenpak-int4(method=int4_spin_v1)', '+10.3 %', 'TinyLlama 1.1B'],
  ['tenpak-int4(method=int4_10x_v1)', '+14.4 %', 'TinyLlama 1.1B'],
  ['tenpak-int4(method=int4_awq_10x_v1)', '+8.6 %', 'TinyLlama 1.1B'],
  ['tenpak-int4(method=int4_gptq_lite_v1)', '+8.5 %', 'TinyLlama 1.1B'],
  ['tenpak-mixed(method=int4_mixed_v1)', '+19.8 %', 'TinyLlama 1.1B'],
  ['tenpak-mixed(method=int4_hybrid_v1)', '+11.6 %', 'TinyLlama 1.1B'],
  ['tenpak-vq(version=v1)', '+1.39 %', 'GPT-2'],
  ['tenpak-vq(version=v2)', '+0.23 % and +0.095 %', 'GPT-2, TinyLlama 1.1B'],
  ['tenpak-x(version=v1)', '+0.027 % and −0.017 %', 'GPT-2, TinyLlama 1.1B'],
  ['tenpak-x(version=v2)', '+7.18 %', 'GPT-2'],
] as const;

const CHANGES: readonly Claim[] = LOSSES.map(([codec, claimed, model]) => ({
  ...{ source: LOG, test: PLAN, protocol: `${model}; ${MLP_ONLY}` },
  claim: `${nameOf(codec)}: ${claimed} perplexity`,
  evidence: [change(codec), verdict(codec)],
  judge: { verdict: 'not comparable' },
  why: 'Another model, and one of four protocols that do not agree. Here all block matrices are compressed and every window is scored.',
}));

/** Mistral 7B’s linear layers by the published count: 4 bits, two float32 a group, and 0.5 % outliers of 48 bits. */
function mistralRatio(): number {
  const attention = 2 * 4096 ** 2 + 2 * 1024 * 4096;
  const mlp = 3 * 14336 * 4096;
  const bits = (group: number) => 4 + 64 / group + 0.005 * 48;
  return (32 * (attention + mlp)) / (attention * bits(256) + mlp * bits(2048));
}

const FAMILIES: readonly Claim[] = [
  {
    ...{ claim: 'INT4 + INT2 in groups of 16: about 5.0 bits, 6.4×', source: LOG, protocol: LAYERS },
    test: PLAN,
    evidence: [
      computed(
        'bits in its layout',
        async () => 32 / (await layoutRatio('tenpak-int4(method=int4_residual_v1)', LLAMA_MLP)),
        significant,
      ),
    ],
    judge: { claimed: 5, within: 0.05 },
    why: '4 + 2 for INT4 with its metadata, and 2 + 2 for the residual.',
  },
  {
    ...{ claim: 'int4_mixed_v1: 7.60×', source: LOG, protocol: LAYERS, test: PLAN },
    evidence: [ours('tenpak-mixed(method=int4_mixed_v1)'), verdict('tenpak-mixed(method=int4_mixed_v1)')],
    judge: { claimed: 7.6, within: 0.02 },
    why: 'The groups depend on the kind of layer; the shares of the kinds differ between models.',
  },
  {
    ...{ claim: 'int4_hybrid_v1: 7.60×', source: LOG, protocol: LAYERS, test: PLAN },
    evidence: [ours('tenpak-mixed(method=int4_hybrid_v1)')],
    judge: { verdict: 'not comparable' },
    why: 'Queries and keys take more bits, and a small model has a larger share of them than a Llama.',
  },
  {
    ...{ claim: 'int4_hybrid_v2: 7.25×', source: LOG, protocol: LAYERS, test: PLAN },
    evidence: [
      tableText('its reader', {
        ...{ file: TABLE, row: '`tenpak-mixed(method=int4_hybrid_v2,mode=faithful)`', column: 'Note' },
      }),
    ],
    judge: { verdict: 'not comparable' },
    why: 'Its own reader cannot read the file, so that there is no compression to speak of. The corrected form is in the table.',
  },
  {
    ...{ claim: 'tiers by sensitivity: 4.82×, 4.58× and 6.03×', source: LOG, test: PLAN },
    protocol: 'GPT-2, TinyLlama, GPT-2 XL; 1, 0.75 or 0.5 bytes a weight, no metadata',
    evidence: [
      tableCell('coded layers of stories260K', {
        ...{ file: TABLE, row: '`tenpak-tiers(table=seed,mode=faithful,sensitivity=position)`' },
        ...{ column: RATIO, right: 1 },
      }),
    ],
    judge: { claimed: 4.82, within: 0.1 },
    why: 'With its metadata the first tier takes 16 bits a weight.',
  },
  {
    ...{ claim: 'tiers by sensitivity: +0.68, +0.15 and −0.21 % perplexity', source: LOG, test: PLAN },
    protocol: 'GPT-2, TinyLlama, GPT-2 XL; 30 texts',
    evidence: [
      tableCell('change on stories260K in %', {
        ...{ file: TABLE, row: '`tenpak-tiers(table=seed,mode=faithful,sensitivity=position)`' },
        ...{ column: 'Δ perplexity %, published (other model)', right: 1 },
      }),
    ],
    judge: { verdict: 'not comparable' },
    why: 'Other models. A fall of perplexity lies inside the noise of 30 texts.',
  },
];

/** The smallest file within 1 % of perplexity of our models, from the smallest model to the largest. */
const LADDER: readonly Evidence[] = ['stories260K', 'gpt2-tinystories', 'stories15M'].map((model) =>
  tableCell(`${model}, smallest file within 1 %`, {
    ...{
      file: `docs/tables/frontier-${model}.md`,
      under: model,
      row: /^`(allocate|rans)\(/,
      column: '÷ float32',
    },
  }),
);

const LARGE: readonly Claim[] = [
  {
    ...{ claim: 'larger models compress better', source: LOG, test: 'npm run sweep -- --plan frontier' },
    protocol: 'tiers on GPT-2 and GPT-2 XL: 4.82× and 6.03×',
    evidence: LADDER,
    judge: { rising: true },
    why: 'So do our own models of 0.26, 3.75 and 15.2 million weights. Their architectures, vocabularies and training differ, so that size is not the only cause.',
  },
  {
    ...{ claim: 'int4_awq (v10) on Mistral 7B: 7.42×', source: SPACE, test: PLAN },
    protocol: 'linear layers; embedding and head not counted',
    evidence: [
      computed('by its count on the shapes', mistralRatio, ratio),
      tableCell('whole file on stories260K', {
        ...{ file: TABLE, row: '`tenpak-awq(group=256)`', column: RATIO, right: 2 },
      }),
    ],
    judge: { claimed: 7.42, within: 0.005 },
    why: 'The count is right for these layers. The weights were simulated: no file was written.',
  },
  {
    ...{
      claim: 'int4_awq (v10) on Mistral 7B: +1.47 % perplexity',
      source: SPACE,
      protocol: 'WikiText-2, windows',
    },
    test: 'npm run sweep -- --model mistralai/Mistral-7B-v0.1 --codec "tenpak-awq(group=256)"',
    evidence: [
      tableCell('change on stories260K in %', {
        ...{ file: TABLE, row: '`tenpak-awq(group=256)`' },
        ...{ column: 'Δ perplexity %, published (other model)', right: 1 },
      }),
    ],
    judge: { verdict: 'out of reach' },
    why: 'Needs the model from the hub and a graphics card for 7 billion weights.',
  },
  {
    ...{ claim: 'v11 to v20 on Mistral 7B: 7.01 to 10.09×, +1.87 to +63.7 %', source: SPACE },
    ...{ protocol: 'WikiText-2, windows; parameters of each version in its log', test: PLAN },
    evidence: [],
    judge: { verdict: 'out of reach' },
    why: 'Needs the same model. The smallest file, 10.09×, loses 63.7 %.',
  },
  {
    ...{ claim: 'Llama 7B: 5.3× and −0.41 % perplexity', source: LOG, protocol: 'self-declared unverified' },
    test: `${PLAN} --model huggyllama/llama-7b`,
    evidence: [],
    judge: { verdict: 'out of reach' },
    why: 'Needs the model from the hub and a graphics card for 7 billion weights. Its own log calls the figure unverified.',
  },
  {
    ...{
      claim: 'sparse residual: 1.81× / +0.25 % and 3.29× / +0.50 %',
      source: LOG,
      protocol: 'GPT-2; 25 and 5 % kept',
    },
    test: PLAN,
    evidence: [file('tenpak-x(version=v2)')],
    judge: { verdict: 'out of reach' },
    why: 'Needs the residual’s layout, which was not published.',
  },
];

/** The name under which the project lists a codec. */
function nameOf(codec: string): string {
  const version = /(?:method|version)=(\w+)/.exec(codec)?.[1];
  if (codec.startsWith('tenpak-vq')) return `pocketllm_${version}`;
  if (codec.startsWith('tenpak-x')) return `tenpak_x_${version}`;
  return version ?? 'aqlm_v1';
}

/** The claims of Tenpak. */
export const TENPAK: readonly Claim[] = [...RATIOS, ...CHANGES, ...FAMILIES, ...LARGE];
