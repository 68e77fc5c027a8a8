import { LabError } from '../../../src/base/errors';
import { fixed, signed, significant } from '../../../src/base/format';
import { DASH, markdownTable, type TableColumn } from '../../../src/base/markdown';
import { oneGroup } from '../../../src/lab/decide/decide';
import { HARDWARE_PRICES, pricePerMillion, type HardwarePrice } from '../../../src/lab/decide/prices';
import {
  PUBLISHED_LIMITS,
  publishedCandidates,
  publishedChoice,
  publishedGroup,
  publishedMeasurements,
  publishedRate,
  publishedSavings,
  type PublishedCandidate,
  type PublishedFilter,
  type PublishedMeasurement,
} from '../../../src/lab/decide/published';
import { dollars } from '../../../src/lab/decide/text';
import type { LabRecord } from '../../../src/lab/results/record';
import { longRowBits, SCHEMES, type Scheme } from '../../../src/lab/estimate/size';
import { publishedSizesText } from '../../../src/lab/studies/namedPlans/gptq-bnb/sizes';

/** The rate of the published example of a price. */
const EXAMPLE_RATE = 50;
const GROUPS = [32, 64, 128, 256];

const CANDIDATES: readonly TableColumn<PublishedCandidate>[] = [
  ['Candidate', ({ name }) => name, 'left'],
  ['Compression, expected', ({ expected }) => `${expected.compression}× of ${expected.against}`],
  [
    'against float32',
    ({ expected }) => times(expected.compression * (expected.against === 'float32' ? 1 : 2)),
  ],
  ['by bits per weight', ({ scheme }) => (scheme ? times(32 / longRowBits(SCHEMES[scheme])) : DASH)],
  ['Δ perplexity %, expected', ({ expected }) => fixed(expected.change, 1)],
  ['Calibration', ({ expected }) => (expected.calibrated ? 'yes' : 'no'), 'left'],
];

const PRICES: readonly TableColumn<(typeof HARDWARE_PRICES)[number]>[] = [
  ['Hardware', ({ id }) => id, 'left'],
  ['$/h', ({ pricePerHour }) => fixed(pricePerHour, 2)],
  [
    `$/1M tokens at ${EXAMPLE_RATE} tokens/s`,
    ({ pricePerHour }) => dollars(pricePerMillion(pricePerHour, EXAMPLE_RATE)),
  ],
];

const GROUP_COLUMNS: readonly TableColumn<number>[] = [
  ['Group', String],
  ['Compression of float16, expected', (group) => times(publishedGroup('gptq', group).compression)],
  ['Δ % GPTQ, expected', (group) => fixed(publishedGroup('gptq', group).change, 2)],
  ['Δ % AWQ, expected', (group) => fixed(publishedGroup('awq', group).change, 2)],
];

const SCHEME_COLUMNS: readonly TableColumn<Scheme>[] = [
  ['Format', ({ label }) => label, 'left'],
  ['Bits/weight, long rows', (scheme) => fixed(longRowBits(scheme), 3)],
];

/** Writes the published catalogue with a filter, the published prices and size estimates, and what is wrong with them. */
export function catalogueText(filter: PublishedFilter): string {
  const candidates = publishedCandidates(filter);
  const inflation = publishedRate(128, 32, 1) / publishedRate(0, 32, 1);
  return `# The optimiser of Sparse as published

For comparison only. Its figures are expectations of a catalogue, not measurements; \`npm run advise -- --records DIR\` decides by
measured ones.

## Candidates

${candidates.length} candidates, ${filterText(filter)}. The catalogue mixes baselines: most ratios refer to float32, that of bnb_int8 to float16.
The third column has one baseline, the fourth follows from the bits per weight of the format.

${markdownTable(CANDIDATES, candidates)}
4-bit GPTQ and AWQ in groups of any size: 16 ÷ (4 + 16 ÷ group), and 0.8 (GPTQ) or 0.5 (AWQ) + group ÷ 256 per cent.

${markdownTable(GROUP_COLUMNS, GROUPS)}
## Prices

Hourly price ÷ (tokens per second · 3600) · 10⁶. The published benchmark counts the tokens of the prompt as generated ones: with 128
and 32 tokens its rate is ${significant(inflation)} times that of decoding, and the price that much too low.

${markdownTable(PRICES, HARDWARE_PRICES)}
## Sizes

${markdownTable(SCHEME_COLUMNS, Object.values(SCHEMES))}
${publishedSizesText()}`;
}

/**
 * Applies the published rule to the records of presets; empty without records.
 * @throws LabError bad-input if no record is of a preset and has the latency, or the records cannot be compared
 */
export function ruleText(records: readonly LabRecord[], { id, pricePerHour }: HardwarePrice): string {
  if (records.length === 0) return '';
  const measured = publishedMeasurements(oneGroup(records).records);
  if (measured.length === 0)
    throw new LabError(
      'bad-input',
      'No record is of a published preset and has the latency.',
      'Measure them with `npm run sweep -- --plan gptq-bnb --latency 400`.',
    );
  const { change, p99Ms, tokensPerSecond } = PUBLISHED_LIMITS;
  const found = publishedChoice(measured, pricePerHour);
  const price = (each: PublishedMeasurement) => pricePerMillion(pricePerHour, each.tokensPerSecond);
  const float = measured.find(({ name }) => name === 'fp16');
  const columns: readonly TableColumn<PublishedMeasurement>[] = [
    ['Candidate', ({ name }) => name, 'left'],
    ['Δ perplexity %', (each) => signed(each.change, 2)],
    ['p99 ms', (each) => significant(each.p99Ms)],
    ['Tokens/s, prompt counted', (each) => significant(each.tokensPerSecond)],
    ['$/1M tokens', (each) => dollars(price(each))],
    [
      '% saved against fp16',
      (each) => (float ? fixed(publishedSavings(price(each), price(float)), 1) : DASH),
    ],
  ];
  return `
## The published rule on measured records

The cheapest of those with at most ${change} %, a p99 of at most ${p99Ms} ms and at least ${tokensPerSecond} tokens/s, by point estimates, an hour at
${dollars(pricePerHour)} (${id}): ${found ? `**${found.name}** at ${dollars(found.price)}` : '**no solution**'}.

${markdownTable(columns, measured)}`;
}

function filterText({ calibration, maxChange, minCompression, names }: PublishedFilter): string {
  const parts = [
    calibration ? 'with or without calibration data' : 'without calibration data',
    maxChange !== undefined && `at most ${maxChange} % expected loss`,
    minCompression !== undefined && `at least ${minCompression}× expected compression`,
    names && `among ${names.join(', ')}`,
  ];
  return parts.filter((part) => part !== false && part !== undefined).join(', ');
}

function times(ratio: number): string {
  return `${significant(ratio)}×`;
}
