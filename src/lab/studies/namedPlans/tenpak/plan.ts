import { DASH, markdownTable, type TableColumn } from '../../../../base/markdown';
import { COMMON_OPTIONS, namedPlan, type NamedPlan, type Results } from '../definition';
import {
  changeCell,
  codecCell,
  codedBitsCell,
  codedRatioCell,
  fileRatioCell,
  comparedCodec,
  measurementTitle,
  modelSections,
  noteCell,
  weightErrorCell,
  verdictCell,
  type ComparedCodec,
} from '../tables';
import { PUBLISHED_ROWS, type PublishedRow } from './published';

type Cells = PublishedRow & { found: ComparedCodec };

const of = (cell: (found: ComparedCodec) => string) => (row: Cells) => cell(row.found);
const published = (key: 'bits' | 'ratio' | 'change') => (row: Cells) => row.published?.[key] ?? DASH;

const COLUMNS: readonly TableColumn<Cells>[] = [
  ['Codec', of(codecCell), 'left'],
  ['Bits/weight, published', published('bits')],
  ['ours (coded weights)', of(codedBitsCell)],
  ['÷ float32, published', published('ratio')],
  ['ours (coded weights)', of(codedRatioCell)],
  ['ours (whole file)', of(fileRatioCell)],
  ['Δ perplexity %, published (other model)', published('change')],
  ['ours, of images points [95 %]', of(changeCell)],
  ['‖W−Ŵ‖÷‖W‖', of(weightErrorCell)],
  ['Verdict against plain rounding in no more bytes', of(verdictCell), 'left'],
  ['Note', (row) => noteCell(row.found, row.note), 'left'],
];

const plan: NamedPlan = {
  id: 'tenpak',
  title: 'Tenpak’s codecs as published and corrected, against plain rounding at the same bytes',
  note: `Every codec of Tenpak (https://github.com/gagansuie/sparse, archive/EXPERIMENT_LOG.md at eb1ef29): \`mode=faithful\` follows its code
step by step, \`mode=corrected\` repairs its errors at the same bytes. 32 windows of 128 tokens, 32 calibration windows with three
draws. Published ratios are of the compressed layers alone, and published perplexities are of other models under four protocols
(some score 30 windows, some compress the MLP only), so that a published change beside ours is a claim, not a target.`,
  expectedFailures: ['tenpak-mixed(method=int4_hybrid_v2,mode=faithful)'],
  plans: (request) => [
    namedPlan({ ...COMMON_OPTIONS, draws: '3', codec: PUBLISHED_ROWS.map(({ codec }) => codec) }, request),
  ],
  table: modelSections(section),
};

export default plan;

function section(model: string, results: Results): string {
  const rows = PUBLISHED_ROWS.map((row) => ({ ...row, found: comparedCodec(row.codec, model, results) }));
  return `## ${measurementTitle(model, results)}\n\n${markdownTable(COLUMNS, rows)}\n${sources()}`;
}

function sources(): string {
  const files = PUBLISHED_ROWS.flatMap(({ published: figures }) => figures?.source?.split(', ') ?? []);
  return `Published figures: gagansuie/sparse, ${[...new Set(files)].map((file) => `\`${file}\``).join(', ')}.\n`;
}
