import { signed } from '../../../../base/format';
import { DASH, markdownTable, type TableColumn } from '../../../../base/markdown';
import { COMMON_OPTIONS, namedPlan, type NamedPlan, type Results } from '../definition';
import {
  against,
  changeCell,
  codecCell,
  codedBitsCell,
  fileRatioCell,
  comparedCodec,
  measurementTitle,
  modelSections,
  noteCell,
  ratio,
  verdictCell,
  type ComparedCodec,
} from '../tables';
import { allCodecs, OTHER_PRESETS, PUBLISHED_PRESETS, type PublishedPreset } from './published';
import { sizesText } from './sizes';

type Cells = PublishedPreset & { found: ComparedCodec; plain?: ComparedCodec };

const of = (cell: (found: ComparedCodec) => string) => (row: Cells) => cell(row.found);

const COLUMNS: readonly TableColumn<Cells>[] = [
  ['Preset', ({ name }) => name, 'left'],
  ['Codec', of(codecCell), 'left'],
  [
    'Compression, expected',
    ({ expected }) => (expected ? `${ratio(expected.compression)} of ${expected.against}` : DASH),
  ],
  ['ours (coded weights)', ({ expected, found }) => compression(found, expected?.against ?? 'float32')],
  ['ours (whole file ÷ float32)', of(fileRatioCell)],
  ['Bits/coded weight', of(codedBitsCell)],
  ['Δ perplexity %, expected', ({ expected }) => (expected ? signed(expected.change, 1) : DASH)],
  ['ours, of images points [95 %]', of(changeCell)],
  [
    'Against rounding with the same bits and groups',
    ({ found, plain }) => (plain ? against(found, plain) : DASH),
  ],
  ['Verdict against plain rounding in no more bytes', of(verdictCell), 'left'],
  ['Note', (row) => noteCell(row.found, row.note), 'left'],
];

const plan: NamedPlan = {
  id: 'gptq-bnb',
  title: 'Presets of GPTQ, AWQ, bitsandbytes and Quanto, and what they are estimated to take',
  note: `The presets of Sparse (https://github.com/gagansuie/sparse, core/quantization.py), with the expectations of its catalogue
(optimizer/candidates.py), those of Quanto, and plain rounding with the same bits and groups. 32 windows of 128 tokens, 32 calibration windows, three
draws. A group longer than a row is the row: on stories260K (rows of 64 and 172 weights) presets with groups of 128 and more differ
little or not at all, so that the same methods with groups of 32 follow them. The catalogue was written for models of billions of
parameters; a small model loses more.`,
  plans: (request) => [namedPlan({ ...COMMON_OPTIONS, draws: '3', codec: allCodecs() }, request)],
  table: modelSections((id, results) => `${section(id, results)}\n${sizesText(id, results)}`),
};

export default plan;

function section(model: string, results: Results): string {
  const rows = [...PUBLISHED_PRESETS, ...OTHER_PRESETS].map((preset) => ({
    ...preset,
    found: comparedCodec(preset.codec, model, results),
    ...(preset.twin !== undefined && { plain: comparedCodec(preset.twin, model, results) }),
  }));
  return `## ${measurementTitle(model, results)}\n\n${markdownTable(COLUMNS, rows)}`;
}

function compression({ record }: ComparedCodec, base: 'float32' | 'float16'): string {
  if (!record) return DASH;
  return `${ratio((base === 'float32' ? 32 : 16) / record.size.bitsPerCodedWeight)} of ${base}`;
}
