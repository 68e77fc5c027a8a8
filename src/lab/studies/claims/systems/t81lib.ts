import { fixed, grouped, significant } from '../../../../base/format';
import { countWeights, isBlockMatrix, layoutRatio, limbBytes, publishedShape } from '../arithmetic';
import type { Claim } from '../claim';
import { computed, jsonValue, recordedChange, tableCell } from '../evidence';

const BENCHMARKS = 'BENCHMARKS.md';
const README = 'README.md';
const RESULTS = 'docs/results.md';
const ALL = 'docs/tables/all-codecs.md';
const CHANGE = 'Δ perplexity %, of images points [95 %]';
const TRAIN = 'npm run train -- --model gpt2-tinystories --qat ternary';

const ratio = (value: number) => `${significant(value)}×`;
const mebibytes = (value: number) => `${fixed(value / 2 ** 20, 2)} MiB`;
const TQ1_0_BITS = (8 * 54) / 256;

/** Phi-3-mini as GGUF with its block matrices as TQ1_0 and everything else as float32, without tokenizer and header. */
function phi3Bytes(): number {
  const coded = countWeights('phi-3-mini', isBlockMatrix);
  return (coded * TQ1_0_BITS) / 8 + 4 * (publishedShape('phi-3-mini').parameters - coded);
}

/** gpt2 with its head as limbs and everything else in float32, which is what the conversion leaves. */
function gpt2Ratio(): number {
  const head = 50257 * 768;
  const rest = publishedShape('gpt2').parameters - head;
  return (4 * publishedShape('gpt2').parameters) / (limbBytes(head) + 4 * rest);
}

const SIZES: readonly Claim[] = [
  {
    ...{ claim: '15 to 22× smaller (diagram)', source: README, protocol: 'no model, no file, no bytes' },
    test: 'npm run sweep -- --codec ternary --codec tq1-0 --codec t81',
    evidence: [
      computed('its limbs, ternary layers alone', () => layoutRatio('t81', [4800, 4800]), ratio),
      computed('TQ1_0, ternary layers alone', () => 32 / TQ1_0_BITS, ratio),
      tableCell('whole file, ternary, gpt2-tinystories', {
        ...{ file: RESULTS, under: 'gpt2-tinystories', row: '`ternary(rule=optimal,group=128)`' },
        column: '÷ float32',
      }),
    ],
    judge: { verdict: 'not comparable' },
    why: 'A drawing without a model. TQ1_0 reaches it on ternary layers alone, its own packing does not, and no whole file does.',
  },
  {
    ...{
      claim: '1.58 to 1.625 bits for each weight',
      source: 'metadata of its artefacts',
      protocol: 'packed trits',
    },
    test: 'npm run sweep -- --codec t81',
    evidence: [computed('bits as stored', () => (8 * limbBytes(48 * 1000)) / (48 * 1000), significant)],
    judge: { claimed: 1.625, within: 0.03 },
    why: 'A limb holds 48 trits in 16 bytes.',
  },
  {
    ...{
      claim: 'gpt2 38.7× smaller',
      source: BENCHMARKS,
      protocol: 'whole model ÷ bytes of the ternary head',
    },
    test: 'npm run claims',
    evidence: [
      computed('whole file', gpt2Ratio, ratio),
      computed(
        'its quotient',
        () => (4 * publishedShape('gpt2').parameters) / limbBytes(50257 * 768),
        (value) => `${fixed(value, 2)}×`,
      ),
    ],
    judge: { claimed: 38.7, within: 0.01 },
    why: 'Only the head is ternary, since its conversion does not know the layers of GPT-2; the quotient leaves out everything else.',
  },
  {
    ...{
      claim: 'ViT from 0.32 to 0.03 GiB',
      source: BENCHMARKS,
      protocol: 'ternary layers alone',
      test: 'npm run claims',
    },
    evidence: [
      computed(
        'block matrices of ViT-B as limbs, GiB',
        () => limbBytes(countWeights('vit-b', isBlockMatrix)) / 2 ** 30,
        significant,
      ),
      computed(
        'the model in float32, GiB',
        () => (4 * publishedShape('vit-b').parameters) / 2 ** 30,
        significant,
      ),
      tableCell('vit-cifar10, whole file, ternary', {
        ...{ file: RESULTS, under: 'vit-cifar10', row: '`ternary(rule=optimal,group=128)`' },
        column: '÷ float32',
      }),
    ],
    // 0.03 is printed with two decimals and stands for 0.025 to 0.035.
    judge: { claimed: 0.03, within: 1 / 6 },
    why: 'Both sizes follow from the shapes, if embeddings, norms and the classifier are left out.',
  },
  {
    ...{
      claim: 'Phi-3-mini as TQ1_0: 1481.96 MiB',
      source: BENCHMARKS,
      protocol: 'GGUF file',
      test: 'npm run claims',
    },
    evidence: [computed('block matrices as TQ1_0, the rest as float32', phi3Bytes, mebibytes)],
    judge: { claimed: 1481.96 * 2 ** 20, within: 0.001 },
    why: 'The size follows from the shapes. Half of the file is the embedding and the head in float32.',
  },
];

const QUALITY: readonly Claim[] = [
  {
    ...{ claim: 'gpt2 after rounding: perplexity NaN', source: BENCHMARKS, protocol: 'gpt2, text not named' },
    test: 'npm run sweep -- --codec t81',
    evidence: [tableCell('change on stories260K in %', { file: ALL, row: '`t81`', column: CHANGE })],
    judge: { verdict: 'not comparable' },
    why: 'An absolute threshold of 0.45 makes every layer with ordinary weights zero. Here the numbers stay finite, and the model is destroyed.',
  },
  {
    ...{ claim: 'gpt2 after training: perplexity NaN', source: BENCHMARKS, protocol: 'gpt2, text not named' },
    test: TRAIN,
    evidence: [recordedChange('60 steps on gpt2-tinystories, %', 'train-gpt2-tinystories', 'qat')],
    judge: { verdict: 'not comparable' },
    why: 'Training and use had different rules there. With one rule for both, most of the loss of rounding is recovered.',
  },
  {
    ...{
      claim: 'less than 10 % of perplexity lost',
      source: 'a notebook’s headline',
      protocol: 'figures left open',
    },
    test: TRAIN,
    evidence: [
      recordedChange('gpt2-tinystories, 60 steps, %', 'train-gpt2-tinystories', 'qat'),
      recordedChange('without training, %', 'train-gpt2-tinystories'),
    ],
    judge: { atMost: 10 },
    why: 'Not on gpt2-tinystories with 60 steps; more steps may reach it, rounding alone cannot.',
  },
  {
    ...{
      claim: 'ViT on CIFAR-10: quality kept after training',
      source: BENCHMARKS,
      protocol: 'JSON stages without figures',
    },
    test: 'npm run train -- --model vit-cifar10 --qat ternary --steps 100 --batch 32 --augment off --images 1000',
    evidence: [
      recordedChange('vit-cifar10, 100 steps, points', 'train-vit-cifar10', 'qat'),
      recordedChange('without training, points', 'train-vit-cifar10'),
    ],
    judge: { verdict: 'not comparable' },
    why: 'No accuracy was published.',
  },
  {
    ...{
      claim: 'Fashion-MNIST: training recovers the accuracy',
      source: BENCHMARKS,
      protocol: 'one linear layer, no figures',
    },
    test: 'npm run train -- --model tiny-classifier',
    evidence: [
      recordedChange('after training, points', 'train-tiny-classifier', 'qat'),
      recordedChange('without training, points', 'train-tiny-classifier'),
    ],
    judge: { verdict: 'not comparable' },
    why: 'The script writes a table; none was published. Here training recovers all of it.',
  },
];

const SPEED: readonly Claim[] = [
  {
    ...{ claim: '2 to 4× faster', source: README, protocol: 'no device, no model' },
    test: 'npm run bench -- gemm',
    evidence: [],
    judge: { verdict: 'out of reach' },
    why: 'Needs a graphics card and the peer on it. On a software adapter only ratios between our own kernels are known.',
  },
  {
    ...{
      claim: 'gpt2: 0.04 and 0.07 tokens/s, 34.8 in float32',
      source: BENCHMARKS,
      protocol: 'CPU, not named',
    },
    test: 'npm run sweep -- --codec t81 --codec float16',
    evidence: [
      tableCell('tokens/s, ternary, gpt2-tinystories', {
        ...{ file: RESULTS, under: 'gpt2-tinystories', row: '`ternary(rule=optimal,group=128)`' },
        column: 'Tokens/s',
      }),
      tableCell('tokens/s, float32', {
        ...{ file: RESULTS, under: 'gpt2-tinystories', row: 'float32 baseline', column: 'Tokens/s' },
      }),
    ],
    judge: { verdict: 'not comparable' },
    why: 'Another model and device, and decoding there, prefill here. A ternary layer need not be slower than float32.',
  },
  {
    ...{
      claim: 'Phi-3: 18.4 tokens/s prompt, 17.79 generation, 2260 MiB',
      source: BENCHMARKS,
      protocol: 'llama.cpp, CPU not named',
    },
    test: 'npm run gguf -- check',
    evidence: [],
    judge: { verdict: 'out of reach' },
    why: 'Needs Phi-3 from the hub and the same machine. No quality was published, and llama.cpp’s authors say that TQ1_0 of a model not trained for it is useless.',
  },
  {
    ...{
      claim: 'rounding Phi-3 on a CPU takes more than two hours',
      source: BENCHMARKS,
      protocol: 'CPU not named',
    },
    test: 'npm run bench -- large',
    evidence: [
      jsonValue<{ rows: readonly { name: string; seconds: number; parameters: number }[] }>(
        'weights/s of rtn, 1.3 B weights on two cores',
        'docs/measurements/large-lavapipe.json',
        ({ rows }) => {
          const { parameters, seconds } = rows.find(({ name }) => name === '1.3B')!;
          return parameters / seconds;
        },
        grouped,
      ),
    ],
    judge: { verdict: 'not comparable' },
    why: 'Another method and machine. At our rate 3.8 billion weights take three minutes.',
  },
  {
    ...{
      claim: 'gemm_ternary computes α·A·B + β·C',
      source: BENCHMARKS,
      protocol: 'tests with zero matrices',
    },
    test: 'npm run bench -- gemm',
    evidence: [
      jsonValue<{ rows: readonly { verdict: { maxError: number } }[] }>(
        'largest error of our kernels',
        'docs/measurements/gemm-lavapipe.json',
        ({ rows }) => Math.max(...rows.map(({ verdict }) => verdict.maxError)),
        significant,
      ),
    ],
    judge: { verdict: 'not comparable' },
    why: 'It multiplies limbs as whole numbers of 48 digits, whose products exceed float32; its own example cannot run as printed.',
  },
];

/** The claims of t81lib. */
export const T81LIB: readonly Claim[] = [...SIZES, ...QUALITY, ...SPEED];
