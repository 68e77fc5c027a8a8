import { LabError } from '../base/errors';
import { CIFAR10 } from '../formats/cifar';
import { developmentPart, finalPart } from './tinystories';
import { joinedRows } from './wikitext';

/** A data set that ships with the page (public/data, each folder with its licence and checksums). */
export interface Dataset {
  id: string;
  label: string;
  /** `examples` are those of a task (src/lab/tasks). */
  kind: 'text' | 'images' | 'examples';
  /** Its file below the folder `data`. */
  file: string;
  /** SHA-256 of the file. */
  sha256: string;
  /** Side of the square images in pixels, and channels; absent for others. */
  image?: { size: number; channels: number };
  /** The names of its classes in the order of the labels; absent for others. */
  classes?: readonly string[];
  /** The labels' own file, which images in IDX have. */
  labels?: { file: string; sha256: string };
  /**
   * `calibration` sets are for calibrated codecs and searches, `training` sets for training; `evaluation` sets are only
   * measured on.
   */
  use: 'evaluation' | 'calibration' | 'training';
  /** Turns the file's text into the text that is measured. If absent, the text is measured as it is. */
  derive?: (text: string) => string;
  licence: string;
  source: string;
  note: string;
}

const TINYSTORIES = {
  kind: 'text',
  licence: 'CDLA-Sharing-1.0',
  source: 'https://huggingface.co/datasets/roneneldan/TinyStories',
} as const;

const TINYSTORIES_PARTS = {
  ...TINYSTORIES,
  use: 'evaluation',
  file: 'tinystories/valid.txt',
  sha256: '0f4167162f76828985a39ed898658d87b824e7afe29ac95e0a00ac18bc236b3a',
} as const;

const WIKITEXT = {
  kind: 'text',
  use: 'evaluation',
  file: 'wikitext-2/wiki.test.raw',
  sha256: '173c87a53759e0201f33e0ccf978e510c2042d7f2cb78229d9a50d79b9e7dd08',
  licence: 'CC-BY-SA-3.0',
  source: 'https://arxiv.org/abs/1609.07843',
} as const;

const CIFAR = {
  kind: 'images',
  image: { size: 32, channels: 3 },
  classes: CIFAR10.labels,
  licence: 'cite Krizhevsky 2009',
  source: 'https://www.cs.toronto.edu/~kriz/cifar.html',
} as const;

const FASHION_MNIST = {
  kind: 'images',
  image: { size: 28, channels: 1 },
  classes: [
    ...['T-shirt/top', 'Trouser', 'Pullover', 'Dress', 'Coat'],
    ...['Sandal', 'Shirt', 'Sneaker', 'Bag', 'Ankle boot'],
  ],
  licence: 'MIT',
  source: 'https://github.com/zalandoresearch/fashion-mnist',
} as const;

const SKILLS = {
  licence: 'Apache-2.0',
  source: 'made for Bitcurve',
} as const;

export const datasets: readonly Dataset[] = [
  {
    ...TINYSTORIES,
    id: 'tinystories',
    use: 'evaluation',
    label: 'TinyStories',
    file: 'tinystories/valid.txt',
    sha256: '0f4167162f76828985a39ed898658d87b824e7afe29ac95e0a00ac18bc236b3a',
    note: 'Evaluation part of the validation text: short stories in the words of a small child.',
  },
  {
    ...TINYSTORIES,
    id: 'tinystories-calibration',
    use: 'calibration',
    label: 'TinyStories, calibration part',
    file: 'tinystories/calibration.txt',
    sha256: '9ed84c9310c51e28050ad34380ce9baa412ac0e927bf79a58bb81a4d3043f105',
    note: 'Disjoint from the evaluation part, for calibration and searches.',
  },
  {
    ...TINYSTORIES_PARTS,
    id: 'tinystories-development',
    label: 'TinyStories, first third of the evaluation part',
    derive: developmentPart,
    note: 'Searches measure on this part; the rest of the text is then measured once.',
  },
  {
    ...TINYSTORIES_PARTS,
    id: 'tinystories-final',
    label: 'TinyStories, last two thirds of the evaluation part',
    derive: finalPart,
    note: 'The evaluation part without the third that searches measure on.',
  },
  {
    ...WIKITEXT,
    id: 'wikitext-2',
    label: 'WikiText-2, raw test file',
    note: 'The file as it is, one text.',
  },
  {
    ...WIKITEXT,
    id: 'wikitext-2-hf',
    label: 'WikiText-2, as GPTQ and Hugging Face join it',
    derive: joinedRows,
    note: 'The rows of wikitext-2-raw-v1 joined with blank lines: comparable with figures in papers.',
  },
  {
    ...CIFAR,
    id: 'cifar-10',
    use: 'evaluation',
    label: 'CIFAR-10, first 2,000 test images',
    file: 'cifar-10/test_2000.bin',
    sha256: 'a365c883b8727b5960b1f88c468d807bb5487294a2fb9b0aa2fb8a93024384c3',
    note: '32 × 32 colour images of ten classes.',
  },
  {
    ...CIFAR,
    id: 'cifar-10-calibration',
    use: 'calibration',
    label: 'CIFAR-10, first 512 training images',
    file: 'cifar-10/train_512.bin',
    sha256: '814faeb4d754235895e8ad39e719998843b63d0158a2b99f01ca9740f2023ef5',
    note: 'Training images, for calibration and searches.',
  },
  {
    ...TINYSTORIES,
    id: 'tinystories-training',
    use: 'training',
    label: 'TinyStories, synthetic training text',
    file: 'tinystories/train.txt',
    sha256: '3de59b24fc72c0999170fcd7d1e9be8ea4bae75149031acf7925531c72db3e4e',
    note: 'Sampled from stories15M, a model trained on TinyStories, for training.',
  },
  {
    ...CIFAR,
    id: 'cifar-10-training',
    use: 'training',
    label: 'CIFAR-10, first 3,000 training images',
    file: 'cifar-10/train_3000.bin',
    sha256: '4665a41200408fa422ad30d53f1a4de0f936fc359f455f1811c3eea23d795e91',
    note: 'Training images, for training.',
  },
  {
    ...FASHION_MNIST,
    id: 'fashion-mnist',
    use: 'evaluation',
    label: 'Fashion-MNIST, all 10,000 test images',
    file: 'fashion-mnist/t10k-images-idx3-ubyte.gz',
    sha256: '9a62abd5f7c6c3e15154de93759c828958322bcf1fc8b566be6799807482b218',
    labels: {
      file: 'fashion-mnist/t10k-labels-idx1-ubyte.gz',
      sha256: 'fce6cd311af9a05cc399fa0827e23437d6719d599f79eb96d67d0ac967db24ed',
    },
    note: '28 × 28 grey images of ten classes of clothes.',
  },
  {
    ...FASHION_MNIST,
    id: 'fashion-mnist-training',
    use: 'training',
    label: 'Fashion-MNIST, first 18,000 training images',
    file: 'fashion-mnist/train-images-idx3-ubyte.gz',
    sha256: '53864a6930441aed0981805d306b56950f3c63a644899300101b98df87b289a7',
    labels: {
      file: 'fashion-mnist/train-labels-idx1-ubyte.gz',
      sha256: '22ea525e6d5d22c886191e2f56fa094267c47526378cd840f6d72ec9c3c2af11',
    },
    note: 'Training images, for training.',
  },
  {
    id: 'lambada',
    kind: 'examples',
    use: 'evaluation',
    label: 'LAMBADA, test set of OpenAI',
    file: 'lambada/test.jsonl',
    sha256: '4aa8d02cd17c719165fc8a7887fddd641f43fcafa4b1c806ca8abc31fabdb226',
    licence: 'CC-BY-4.0',
    source: 'https://zenodo.org/records/2630551',
    note: '5,153 passages whose last word is asked for.',
  },
  {
    id: 'squad',
    kind: 'examples',
    use: 'evaluation',
    label: 'SQuAD 1.1, first article of the development set',
    file: 'squad/dev-v1.1-partial.json',
    sha256: 'eae461fb0c355ee27fe79fb0d9c178bef644fa6c109b512642190994cc1b99c6',
    licence: 'CC-BY-SA-4.0',
    source: 'https://rajpurkar.github.io/SQuAD-explorer/',
    note: '810 questions on 54 paragraphs about Super Bowl 50.',
  },
  {
    id: 'humaneval',
    kind: 'examples',
    use: 'evaluation',
    label: 'HumanEval',
    file: 'humaneval/HumanEval.jsonl.gz',
    sha256: 'b796127e635a67f93fb35c04f4cb03cf06f38c8072ee7cee8833d7bee06979ef',
    licence: 'MIT',
    source: 'https://github.com/openai/human-eval',
    note: '164 Python functions with tests.',
  },
  {
    ...SKILLS,
    id: 'skills',
    kind: 'text',
    use: 'evaluation',
    label: 'Skills, held-out problems',
    file: 'skills/valid.txt',
    sha256: 'a47e6c1464401ad1440f9ab160280889ab0a86836531f20852c0b81219a63968',
    note: 'One-line Python functions on strings, and sums in words, with their answers.',
  },
  {
    ...SKILLS,
    id: 'skills-calibration',
    kind: 'text',
    use: 'calibration',
    label: 'Skills, calibration part',
    file: 'skills/calibration.txt',
    sha256: '6bcd6f069f0c44a8d95b65eea00e5e3607987465c1666bceaf40c340a4ebbb69',
    note: 'Other problems of the same kinds, for calibration and searches.',
  },
  {
    ...SKILLS,
    id: 'skills-training',
    kind: 'text',
    use: 'training',
    label: 'Skills, training part',
    file: 'skills/train.txt',
    sha256: 'c6daf1e074a872fbbead6825e56433c07704fa842bf71c15cb198e80eb4b8f41',
    note: 'Other problems of the same kinds, for training.',
  },
  {
    ...SKILLS,
    id: 'skills-strings',
    kind: 'examples',
    use: 'evaluation',
    label: 'String functions, held out',
    file: 'skills/strings.jsonl',
    sha256: '7e4526d597b5ffd1e9d1de0a86e7ba50268ca5abae3aa62c7e7fdb17b433e8c0',
    note: '200 one-line Python functions on strings with tests.',
  },
  {
    ...SKILLS,
    id: 'skills-arithmetic',
    kind: 'examples',
    use: 'evaluation',
    label: 'Sums in words, held out',
    file: 'skills/arithmetic.jsonl',
    sha256: 'c16b6addea706860183e2e772150bb4659262ac856ee0916ecf6e8e8bc9d6bb6',
    note: '300 sums and differences of two-digit numbers in words.',
  },
];

/**
 * Finds a data set by its id.
 * @param kind the kind it must have; if undefined, either
 * @throws LabError bad-plan listing the data sets of that kind
 */
export function dataset(id: string, kind?: Dataset['kind']): Dataset {
  const fits = datasets.filter((set) => kind === undefined || set.kind === kind);
  const found = fits.find((set) => set.id === id);
  if (found) return found;
  throw new LabError(
    'bad-plan',
    `There is no data set ${JSON.stringify(id.slice(0, 80))}${kind ? ` of ${kind}` : ''}.`,
    `Choose one of ${fits.map((set) => set.id).join(', ')}.`,
  );
}
