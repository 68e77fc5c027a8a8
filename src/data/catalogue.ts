import { LabError } from '../base/errors';
import { joinedRows } from './wikitext';

/** A data set that ships with the page (public/data, each folder with its licence and checksums). */
export interface Dataset {
  id: string;
  label: string;
  kind: 'text' | 'images';
  /** Its file below the folder `data`. */
  file: string;
  /** SHA-256 of the file. */
  sha256: string;
  /** Turns the file's text into the text that is measured; absent: as it is. */
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

const WIKITEXT = {
  kind: 'text',
  file: 'wikitext-2/wiki.test.raw',
  sha256: '173c87a53759e0201f33e0ccf978e510c2042d7f2cb78229d9a50d79b9e7dd08',
  licence: 'CC-BY-SA-3.0',
  source: 'https://arxiv.org/abs/1609.07843',
} as const;

export const datasets: readonly Dataset[] = [
  {
    ...TINYSTORIES,
    id: 'tinystories',
    label: 'TinyStories',
    file: 'tinystories/valid.txt',
    sha256: '0f4167162f76828985a39ed898658d87b824e7afe29ac95e0a00ac18bc236b3a',
    note: 'Evaluation part of the validation text: short stories in the words of a small child.',
  },
  {
    ...TINYSTORIES,
    id: 'tinystories-calibration',
    label: 'TinyStories, calibration part',
    file: 'tinystories/calibration.txt',
    sha256: '9ed84c9310c51e28050ad34380ce9baa412ac0e927bf79a58bb81a4d3043f105',
    note: 'Disjoint from the evaluation part: what calibration and searches may see.',
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
    id: 'cifar-10',
    label: 'CIFAR-10, first 2,000 test images',
    kind: 'images',
    file: 'cifar-10/test_2000.bin',
    sha256: 'a365c883b8727b5960b1f88c468d807bb5487294a2fb9b0aa2fb8a93024384c3',
    licence: 'cite Krizhevsky 2009',
    source: 'https://www.cs.toronto.edu/~kriz/cifar.html',
    note: '32 × 32 colour images of ten classes.',
  },
];

/**
 * @param kind what the caller needs; undefined takes either
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
