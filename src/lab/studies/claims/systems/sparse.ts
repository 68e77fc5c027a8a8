import { fixed, grouped, significant } from '../../../../base/format';
import { breakEven, STORAGE_COSTS } from '../../../../delta/breakEven';
import { sparseEstimatedRatio, sparseMethodBytes, sparseStatistics } from '../../../../delta/sparse';
import { publishedCandidates } from '../../../decide/published';
import { routerOptions } from '../../../routing/published/catalogue';
import { assumedSavings, EXAMPLE_ASSUMPTIONS } from '../../../routing/published/savings';
import { dimensionsOf, longRowBits, publishedEstimate, SCHEMES, trueSize } from '../../../estimate/size';
import { PUBLISHED_PRESETS, type PublishedPreset } from '../../namedPlans/gptq-bnb/published';
import { publishedShape } from '../arithmetic';
import type { Claim } from '../claim';
import { computed, tableCell, tableText } from '../evidence';

const BENCHMARKS = 'benchmarks/BENCHMARK_RESULTS.md';
const CATALOGUE = 'optimizer/candidates.py';
const ESTIMATOR = 'core/quantization.py';
const README = 'README.md';
const PRESETS = 'docs/tables/gptq-bnb-stories260K.md';
const DATA_DELTA = 'docs/data-delta.md';
const PLAN = 'npm run sweep -- --plan gptq-bnb';

const ratio = (value: number) => `${significant(value)}×`;
const gpt2Estimate = () => publishedEstimate(dimensionsOf(publishedShape('gpt2'))!);

const SIZES: readonly Claim[] = [
  {
    ...{ claim: 'gpt2 in 4 bits is 3.64× smaller than in float16', source: BENCHMARKS, test: PLAN },
    protocol: 'L·12h² + 2·V·h parameters, 0.55 bytes each',
    evidence: [
      computed(
        'GPTQ with groups of 128, the rest in float16',
        () =>
          (2 * publishedShape('gpt2').parameters) /
          trueSize(publishedShape('gpt2'), SCHEMES['gptq-128']).bytes,
        ratio,
      ),
      computed('its formula', () => gpt2Estimate().ratio, ratio),
    ],
    judge: { claimed: 3.64, within: 0.02 },
    why: 'The formula gives 3.64 for every model. A file keeps the embedding and the norms in float16, which are a third of gpt2.',
  },
  {
    ...{ claim: 'gpt2: 0.464 GB in float16, 0.083 GB in 4 bits', source: BENCHMARKS, test: PLAN },
    protocol: 'the same formula',
    evidence: [
      computed('gpt2 in float16, GiB', () => (2 * publishedShape('gpt2').parameters) / 2 ** 30, significant),
      computed('in float32, GiB', () => (4 * publishedShape('gpt2').parameters) / 2 ** 30, significant),
      computed('its estimate of 4 bits, GiB', () => gpt2Estimate().int4 / 2 ** 30, significant),
    ],
    judge: { claimed: 0.464, within: 0.02 },
    why: '0.464 is the float32 size. The table divides neither number by the other: 3.64 is 0.302 ÷ 0.083.',
  },
  {
    ...{ claim: 'gpt2 has 162,129,408 parameters', source: ESTIMATOR, test: PLAN },
    protocol: 'L·12h² + 2·V·h',
    evidence: [
      computed('from the shapes', () => publishedShape('gpt2').parameters, grouped),
      computed('its formula', () => gpt2Estimate().parameters, grouped),
    ],
    judge: { claimed: 162_129_408, within: 0.01 },
    why: 'The formula counts the tied embedding twice and leaves positions and biases out.',
  },
  {
    ...{ claim: 'savings of 72.5 % in 4 bits', source: ESTIMATOR, protocol: 'the same formula', test: PLAN },
    evidence: [
      computed(
        'gpt2 with GPTQ, groups of 128, %',
        () => {
          const shape = publishedShape('gpt2');
          return 100 * (1 - trueSize(shape, SCHEMES['gptq-128']).bytes / (2 * shape.parameters));
        },
        (value) => fixed(value, 1),
      ),
    ],
    judge: { claimed: 72.5, within: 0.02 },
    why: 'Against float16, with everything that a file holds.',
  },
  {
    ...{
      claim: 'a layer of gpt2 has 9.00 MB and a ratio of 1.00×',
      source: BENCHMARKS,
      test: 'npm run claims',
    },
    protocol: 'one matrix',
    evidence: [
      computed(
        '768 × 3072 in float32, MiB',
        () => (4 * 768 * 3072) / 2 ** 20,
        (v) => fixed(v, 2),
      ),
    ],
    judge: { claimed: 9, within: 0.001 },
    why: 'The size is that of the matrix in float32, and 1.00× says that nothing was compressed.',
  },
];

/** What the catalogue expects of a preset: its ratio, which follows from the format, and its loss, which depends on the model. */
function presetClaims({ name, codec, expected, scheme }: PublishedPreset): Claim[] {
  if (!expected || expected.compression === 1) return [];
  const { compression, against, change } = expected;
  const base = against === 'float32' ? 32 : 16;
  const at = { file: PRESETS, row: name };
  const common = { source: CATALOGUE, test: PLAN, protocol: 'an expectation; model not named' };
  return [
    {
      ...common,
      claim: `${name}: ${ratio(compression)} of ${against}`,
      evidence: [
        computed('of matrices with long rows', () => base / longRowBits(SCHEMES[scheme!]), ratio),
        tableCell('whole file on stories260K ÷ float32', { ...at, column: 'ours (whole file ÷ float32)' }),
      ],
      judge: { claimed: compression, within: 0.05 },
      why: `The ratio of the format \`${codec}\`, without embedding, norms and header.`,
    },
    {
      ...common,
      claim: `${name}: +${change} % perplexity`,
      evidence: [
        tableCell('on stories260K in %', { ...at, column: 'ours, of images points [95 %]' }),
        tableText('verdict', { ...at, column: 'Verdict against plain rounding in no more bytes' }),
      ],
      judge: { verdict: 'not comparable' },
      why: 'The catalogue names no model. A model of 260,032 weights loses more than one of billions.',
    },
  ];
}

const noise = (share: number) => ({
  ...sparseStatistics(new Float32Array(1)),
  count: 1e6,
  nonZero: 1e6 * share,
});

const DELTAS: readonly Claim[] = [
  {
    ...{
      claim: 'distilgpt2 with dense noise: 1.00×, PASS',
      source: BENCHMARKS,
      test: 'npm run delta -- make',
    },
    protocol: '27.00 MB became 49.71 MB',
    evidence: [
      computed('by its own sizes', () => 27 / 49.71, ratio),
      computed('of a difference without zeros', () => 2e6 / sparseMethodBytes('sparse', noise(1)), ratio),
    ],
    judge: { claimed: 1, within: 0.01 },
    why: 'A ratio below 1 is reported as 1. Every value that differs costs six bytes where float16 has two.',
  },
  {
    ...{
      claim: 'Llama 2 7B and 70B chat as deltas: 2.00×',
      source: BENCHMARKS,
      protocol: 'int8 of the difference',
    },
    test: 'npm run delta -- measure --base meta-llama/Llama-2-7b-hf --tuned meta-llama/Llama-2-7b-chat-hf',
    evidence: [computed('int8 against float16', () => 2e6 / sparseMethodBytes('int8', noise(1)), ratio)],
    judge: { claimed: 2, within: 0.001 },
    why: 'A byte for each weight is half of float16, whatever the models are. The loss of quality was not measured; that needs the models.',
  },
  {
    ...{ claim: 'sparse deltas are 2 to 20× smaller from 50 % zeros on', source: README },
    ...{ protocol: 'bands of the estimator', test: 'npm run delta -- make' },
    evidence: [
      computed('at 50 % zeros', () => 16 / STORAGE_COSTS.sparse.bitsPerValue(0.5), ratio),
      computed(
        'zeros from which it is smaller than float16, %',
        () => 100 * breakEven(STORAGE_COSTS.sparse, STORAGE_COSTS.float16)!,
        (value) => fixed(value, 1),
      ),
    ],
    judge: { atLeast: 2 },
    why: 'At half zeros the files are larger than the models. They are 2× smaller from 83 % on.',
  },
  {
    ...{
      claim: 'estimated ratio 1 ÷ (1 − 0.8σ)',
      source: 'the first estimator',
      test: 'npm run delta -- make',
    },
    protocol: 'σ = 0.9, the threshold of its sparse method',
    evidence: [
      computed('by its format', () => 16 / STORAGE_COSTS.sparse.bitsPerValue(0.9), ratio),
      computed('by its formula', () => sparseEstimatedRatio(0.9), ratio),
    ],
    judge: { claimed: sparseEstimatedRatio(0.9), within: 0.05 },
    why: 'The formula does not describe the format: it promises 1.67× at half zeros, where the file grows, and 3.6× where the file is 3.3× smaller.',
  },
  ...(
    [
      ['translation: every text translated, all other fields kept', 'translation'],
      ['filtered subset: the rows of quality 0.6 and better', 'filtered subset'],
      ['extended chat set: a third of the chats with two more turns, and 5 % new chats', 'extended chat set'],
    ] as const
  ).map(([row, name]): Claim => ({
    ...{ source: README, test: 'npm run data-delta -- examples' },
    claim: `data sets as deltas save 60 to 96 %: ${name}`,
    protocol: 'sizes of the printed data set',
    evidence: [
      tableCell('saved', { file: DATA_DELTA, row, column: 'Saved' }),
      tableCell('rows that its format restores wrongly', {
        ...{ file: DATA_DELTA, row, column: 'Sparse: rows restored wrongly' },
      }),
    ],
    judge: { atLeast: 60 },
    why: 'Generated sets of 5,000 rows, restored exactly. The published format replaces a changed row with the row of the base.',
  })),
];

const T4_7B = () =>
  routerOptions().find(({ model, hardware }) => model === 'llama-2-7b' && hardware === 'T4')!;
const assumed = assumedSavings(EXAMPLE_ASSUMPTIONS);
const dollars = (value: number) => `$${grouped(value)}`;

/** Figures of the router, which are arithmetic on assumptions: what the formula gives can be checked, what it says of a system cannot. */
const ROUTING: readonly Claim[] = [
  {
    ...{
      claim: '$2.78 for a million tokens of a 7B model on a T4',
      source: BENCHMARKS,
      test: 'npm run route -- published',
    },
    protocol: '50 tokens/s and $0.50 an hour, both assumed',
    evidence: [
      computed(
        'its formula',
        () => T4_7B().dollarsPerMillionTokens,
        (value) => `$${fixed(value, 2)}`,
      ),
    ],
    judge: { claimed: 2.78, within: 0.002 },
    why: 'The arithmetic is right. The speed was not measured: it is 100 tokens/s for a small model, halved for this card.',
  },
  ...(
    [
      ['$730,000 a year', () => assumed.annualDollars, 730_000, dollars],
      ['$65,700 saved a year', () => assumed.savedAnnually, 65_700, dollars],
      ['$5,475 saved a month', () => assumed.savedMonthly, 5475, dollars],
      ['9.0 % saved', () => 100 * assumed.savedShare, 9, (value: number) => `${fixed(value, 1)} %`],
    ] as const
  ).map(([claim, compute, claimed, format]): Claim => ({
    ...{
      claim: `routing a million requests a day: ${claim}`,
      source: BENCHMARKS,
      test: 'npm run route -- published',
    },
    protocol: '$0.002 a request, 30 % of them routed, 30 % saved on each, all assumed',
    evidence: [computed('its formula', compute, format)],
    judge: { claimed, within: 0.0001 },
    why: 'A product of assumptions. What routing saves is measured with `npm run route` on a curve of cost against quality.',
  })),
  {
    ...{
      claim: '2 candidates without calibration and within 2 %',
      source: BENCHMARKS,
      test: 'npm run advise -- --published',
    },
    protocol: 'its catalogue of expectations',
    evidence: [
      computed(
        'candidates of its catalogue',
        () => publishedCandidates({ calibration: false, maxChange: 2 }).length,
        String,
      ),
    ],
    judge: { claimed: 2, within: 0 },
    why: 'The filter works on expected values that nobody measured for the model at hand.',
  },
];

const OTHERS: readonly Claim[] = [
  {
    ...{ claim: 'perplexity 37.96 of gpt2', source: BENCHMARKS, protocol: 'three sentences, not named' },
    test: 'npm run sweep -- --model openai-community/gpt2 --data FILE',
    evidence: [],
    judge: { verdict: 'out of reach' },
    why: 'Needs the three sentences. Of so few tokens the interval is wider than any difference that compression makes.',
  },
  {
    ...{ claim: '29 of 29 tests pass', source: BENCHMARKS, protocol: 'its own tests', test: 'none' },
    evidence: [],
    judge: { verdict: 'not comparable' },
    why: 'Most check signatures and imports; that of the data sets asserts nothing.',
  },
];

/** The claims of Sparse. */
export const SPARSE: readonly Claim[] = [
  ...SIZES,
  ...PUBLISHED_PRESETS.flatMap(presetClaims),
  ...DELTAS,
  ...ROUTING,
  ...OTHERS,
];
