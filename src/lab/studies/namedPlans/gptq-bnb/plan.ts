import { signed } from '../../../../base/format';
import { COMMON_OPTIONS, namedPlan, type NamedPlan, type Results } from '../namedPlan';
import {
  against,
  change,
  codecCell,
  codedBits,
  fileRatio,
  markdownTable,
  measured,
  measurementTitle,
  modelsOf,
  NONE,
  noteCell,
  ratio,
  verdict,
  type Column,
  type Measured,
} from '../tables';
import { allCodecs, OTHERS, PRESETS, type Preset } from './published';
import { sizesText } from './sizes';

type Cells = Preset & { found: Measured; plain?: Measured };

const of = (cell: (found: Measured) => string) => (row: Cells) => cell(row.found);

const COLUMNS: readonly Column<Cells>[] = [
  ['Preset', ({ name }) => name, 'left'],
  ['Codec', of(codecCell), 'left'],
  [
    'Compression, expected',
    ({ expected }) => (expected ? `${ratio(expected.compression)} of ${expected.against}` : NONE),
  ],
  ['ours (coded weights)', ({ expected, found }) => compression(found, expected?.against ?? 'float32')],
  ['ours (whole file ÷ float32)', of(fileRatio)],
  ['Bits/coded weight', of(codedBits)],
  ['Δ perplexity %, expected', ({ expected }) => (expected ? signed(expected.change, 1) : NONE)],
  ['ours, of images points [95 %]', of(change)],
  [
    'Against rounding with the same bits and groups',
    ({ found, plain }) => (plain ? against(found, plain) : NONE),
  ],
  ['Verdict against plain rounding in no more bytes', of(verdict), 'left'],
  ['Note', (row) => noteCell(row.found, row.note), 'left'],
];

const plan: NamedPlan = {
  id: 'gptq-bnb',
  title: 'Presets of GPTQ, AWQ and bitsandbytes, and what they are estimated to take',
  note: `The presets of Sparse (https://github.com/gagansuie/sparse, core/quantization.py) with what its catalogue (optimizer/candidates.py) expects of
them before measuring, beside plain rounding with the same bits and groups. 32 windows of 128 tokens, 32 calibration windows, three
draws. Groups longer than a row are the row: on stories260K (rows of 64 and 172 weights) presets with groups of 128 and more differ
little or not at all, so the same methods with groups of 32 stand below them. The catalogue was written for models of billions
of parameters; a small model loses more.`,
  plans: (request) => [namedPlan({ ...COMMON_OPTIONS, draws: '3', codec: allCodecs() }, request)],
  table: (results) =>
    modelsOf(results)
      .map(({ id }) => `${section(id, results)}\n${sizesText(id, results)}`)
      .join('\n'),
};

export default plan;

function section(model: string, results: Results): string {
  const rows = [...PRESETS, ...OTHERS].map((preset) => ({
    ...preset,
    found: measured(preset.codec, model, results),
    ...(preset.twin !== undefined && { plain: measured(preset.twin, model, results) }),
  }));
  return `## ${measurementTitle(model, results)}\n\n${markdownTable(COLUMNS, rows)}`;
}

function compression({ record }: Measured, base: 'float32' | 'float16'): string {
  if (!record) return NONE;
  return `${ratio((base === 'float32' ? 32 : 16) / record.size.bitsPerCodedWeight)} of ${base}`;
}
