import { grouped, significant } from '../../../../base/format';
import { KeyedRandom } from '../../../../base/random';
import { basis } from '../../../../codecs/kit/transforms/bases';
import { cascadeReportedBits } from '../../../../codecs/kit/transforms/cascade';
import { unitarityError } from '../../../../codecs/kit/transforms/complexMatrix';
import { countWeights } from '../arithmetic';
import type { Claim } from '../claim';
import { computed, tableCell, tableText } from '../evidence';

const FIGURES = 'docs/research/benchmarks/VERIFIED_BENCHMARKS.md';
const SNAPSHOT = 'the repository, December 2025';
const EARLIER = 'the repository, before December 2025';
const REQUIRED = 'docs/research/REQUIRED_BENCHMARKS.md';
const ABLATION = 'docs/tables/rft-ablation.md';
const PLAN = 'npm run sweep -- --plan rft-ablation';
const TINY = 'tiny-gpt2; text and windows are not named';

const CHANGE = 'Δ perplexity %, of images points [95 %]';
const VERDICT = 'Verdict against plain rounding in no more bytes';
const HYBRID = 'Hybrid codec as published';
const cell = (label: string, under: string, row: string, column: string) =>
  tableCell(label, { file: ABLATION, under, row, column });
const hybrid = (label: string, column: string) => cell(label, HYBRID, 'full', column);
const verdict = (under: string, row: string) =>
  tableText('verdict', { file: ABLATION, under, row, column: VERDICT });
const tones = (label: string, row: string) =>
  cell(label, 'Synthetic signals', row, 'Complex, five golden tones: lead over the DFT in dB');
const energy = (row: string) =>
  cell(
    `${row}, share of energy kept`,
    'Synthetic signals',
    row,
    'Real golden quasi-periodic: share of energy',
  );

const ratio = (value: number) => `${significant(value)}×`;
const bits = (value: number) => `${significant(value)} bits`;

/** Bits a sample of the H3 cascade, as it reports them, on 4,096 Gaussian values. */
function cascadeBits(): number {
  const random = new KeyedRandom(1);
  return cascadeReportedBits(Float64Array.from({ length: 4096 }, () => random.nextNormal()));
}

const CODECS: readonly Claim[] = [
  {
    ...{ claim: 'compression of 21.9 : 1', source: FIGURES, protocol: TINY, test: PLAN },
    evidence: [hybrid('whole file on stories260K', '÷ float32'), verdict(HYBRID, 'full')],
    judge: { atLeast: 21.9 },
    why: 'The file stores an index of 32 bits and two codes of 16 bits for each coefficient, in base64: 85 bits where a float32 weight has 32. No model that is not pruned becomes smaller.',
  },
  {
    ...{ claim: 'error of 5.1 % of the weights', source: FIGURES, protocol: TINY, test: PLAN },
    evidence: [
      hybrid('‖W − Ŵ‖ ÷ ‖W‖ on stories260K', '‖W−Ŵ‖÷‖W‖'),
      cell('plain INT6 in groups of 32', 'Plain rounding', 'INT6', '‖W−Ŵ‖÷‖W‖'),
    ],
    judge: { claimed: 0.051, within: 0.1 },
    why: 'The error is what 6 bits of amplitude and 5 bits of phase give. Plain rounding at a tenth of the bytes has less than half of it.',
  },
  {
    ...{ claim: 'perplexity 34.2 → 35.6, +4.1 %', source: FIGURES, protocol: TINY, test: PLAN },
    evidence: [hybrid('change on stories260K in %', CHANGE), verdict(HYBRID, 'full')],
    judge: { verdict: 'not comparable' },
    why: 'Another model and text. Here the same codec loses about as much, in a file 2.7 times as large as float32.',
  },
  {
    ...{ claim: 'a model of 50 MB in 5 MB', source: REQUIRED, test: 'npm run claims' },
    protocol: 'tiny-gpt2, its table of targets',
    evidence: [
      computed('tiny-gpt2 in float32, MB', () => (4 * countWeights('tiny-gpt2')) / 1e6, significant),
    ],
    judge: { claimed: 50, within: 0.1 },
    why: 'From the shapes of its config.json the model has 0.10 million weights: it never had 50 MB.',
  },
  {
    ...{
      claim: '2.3 M parameters, 9.2 MB → 0.42 MB',
      source: SNAPSHOT,
      protocol: TINY,
      test: 'npm run claims',
    },
    evidence: [
      computed('parameters of tiny-gpt2', () => countWeights('tiny-gpt2'), grouped),
      computed('its float32 size, MB', () => (4 * countWeights('tiny-gpt2')) / 1e6, significant),
    ],
    judge: { claimed: 2.3e6, within: 0.1 },
    why: '0.41 MB is the size of the model in float32, before any compression.',
  },
  {
    ...{
      claim: 'lossless compression of tiny-gpt2',
      source: SNAPSHOT,
      protocol: 'its own files',
      test: PLAN,
    },
    evidence: [
      cell('vertex codec, lossless, whole file', 'Vertex codec', 'lossless', '÷ float32'),
      computed('its own files by their sizes', () => 2_920_309 / 29_064_318, ratio),
    ],
    judge: { atLeast: 1 },
    why: 'Every coefficient is a JSON record of five numbers. Its own files take 29,064,318 bytes for a checkpoint of 2,920,309.',
  },
  {
    ...{
      claim: 'rANS coding of the codes is lossless',
      source: SNAPSHOT,
      protocol: 'unit tests',
      test: PLAN,
    },
    evidence: [
      cell('error after its decoder', 'Vertex codec', 'rANS as published', '‖W−Ŵ‖÷‖W‖'),
      cell('without rANS', 'Vertex codec', '6 + 5 bits', '‖W−Ŵ‖÷‖W‖'),
    ],
    judge: { atMost: 0.1 },
    why: 'The coder is right, but the codec passes bytes to a decoder that reads 16-bit words.',
  },
];

const SIGNALS: readonly Claim[] = [
  {
    ...{ claim: '+15 to +20 dB for signals of its own family, 10 % kept', source: SNAPSHOT, test: PLAN },
    protocol: 'synthetic golden-ratio signals',
    evidence: [tones('canonical RFT over the DFT, dB', 'canonical'), tones('φ-phase FFT, dB', 'phase-fft')],
    judge: { atLeast: 15 },
    why: 'The lead exists, on complex tones at its own frequencies only. The transform of its codecs has the moduli of the DFT and no lead at all.',
  },
  {
    ...{ claim: 'unitarity error of 8.4e−13', source: SNAPSHOT, protocol: 'float64', test: 'npm run claims' },
    evidence: [computed('canonical RFT of 256', () => unitarityError(basis('canonical', 256)), significant)],
    judge: { atMost: 8.4e-13 },
    why: 'The canonical transform is unitary to rounding.',
  },
  {
    ...{ claim: '0.67 bits a sample by the H3 cascade', source: SNAPSHOT, test: PLAN },
    protocol: 'signals of its own',
    evidence: [computed('on Gaussian noise', cascadeBits, bits)],
    judge: { claimed: 0.67, within: 0.05 },
    why: 'The formula counts 16 bits for each coefficient kept and nothing for its place, so that it reports the same for every input. Nothing can be restored from so few bits.',
  },
  {
    ...{ claim: 'the plain DCT is best on all 18 ECG signals', source: SNAPSHOT, test: PLAN },
    protocol: 'ECG data, not part of the repository',
    evidence: [energy('dct'), energy('canonical')],
    judge: { verdict: 'not comparable' },
    why: 'The lab has no ECG data. On real quasi-periodic signals the DCT keeps more energy than any RFT, too.',
  },
  {
    ...{
      claim: 'images: ratios of 0.28 to 0.47',
      source: SNAPSHOT,
      protocol: 'images, unnamed',
      test: 'none',
    },
    evidence: [],
    judge: { verdict: 'not comparable' },
    why: 'The lab compresses weights. A ratio below 1 says that the files grew.',
  },
];

const LARGE: readonly Claim[] = [
  {
    ...{ claim: '853 : 1 on GPT-Neo-1.3B', source: EARLIER, protocol: 'no reconstruction' },
    test: `${PLAN} --model EleutherAI/gpt-neo-1.3B`,
    evidence: [
      cell('percentile codec, 99 % dropped', 'Percentile codec', '99 % dropped', '÷ float32'),
      cell('its change of perplexity in %', 'Percentile codec', '99 % dropped', CHANGE),
    ],
    judge: { verdict: 'out of reach' },
    why: 'Needs the model from the hub and a decoder of these files; none is published. Files ten times smaller already lose all quality.',
  },
  {
    ...{ claim: '15,000 : 1 and 1,500,000 : 1 on a model of 120 B', source: EARLIER },
    ...{ protocol: 'no reconstruction', test: 'none' },
    evidence: [computed('bytes left of 120 B float32 weights', () => (4 * 120e9) / 1.5e6, grouped)],
    judge: { verdict: 'out of reach' },
    why: 'Needs a decoder. The files are statistics of the weights: no weight can be restored from them.',
  },
  {
    ...{ claim: 'WikiText-2 perplexity within 10 %', source: REQUIRED, protocol: 'target; model open' },
    test: `${PLAN} --model openai-community/gpt2 --data wikitext-2-hf`,
    evidence: [hybrid('change on stories260K in %', CHANGE)],
    judge: { verdict: 'out of reach' },
    why: 'Needs GPT-2 from the hub. On stories260K the loss is below 10 %, in a file larger than float32.',
  },
  {
    ...{
      claim: 'HumanEval, SQuAD and LAMBADA within 10 %',
      source: REQUIRED,
      protocol: 'target; model open',
    },
    test: 'npm run sweep -- --model EleutherAI/gpt-neo-1.3B --codec "rft-hybrid(amplitude=6,phase=5)" --tasks humaneval,squad,lambada',
    evidence: [],
    judge: { verdict: 'out of reach' },
    why: 'Needs a model that can do these tasks at all. The embedded ones cannot, so that they only give the floors.',
  },
  {
    ...{ claim: '39 of 39 core tests and 16 of 17 hybrid tests pass', source: SNAPSHOT, test: 'none' },
    protocol: 'its own tests',
    evidence: [],
    judge: { verdict: 'not comparable' },
    why: 'Its tests check its code. They compare neither sizes nor restored weights.',
  },
];

/** The claims of QuantoniumOS. */
export const QUANTONIUMOS: readonly Claim[] = [...CODECS, ...SIGNALS, ...LARGE];
