import { fixed, grouped, significant } from '../../../../base/format';
import { DASH, markdownTable, type TableColumn } from '../../../../base/markdown';
import { fileBytes } from '../../../results/record';
import { COMMON_OPTIONS, namedPlan, type NamedPlan, type Results } from '../definition';
import {
  changeCell,
  codecCell,
  codedBitsCell,
  fileRatioCell,
  comparedCodec,
  measurementTitle,
  modelsOf,
  noteCell,
  ours,
  weightErrorCell,
  verdictCell,
  type ComparedCodec,
} from '../tables';
import { GROUPS, type Arm, type Group } from './arms';
import { helpsText } from './helps';
import { signalsText } from './signals';

type Cells = Arm & { found: ComparedCodec };

const of = (cell: (found: ComparedCodec) => string) => (row: Cells) => cell(row.found);

const COLUMNS: readonly TableColumn<Cells>[] = [
  ['Arm', ({ name }) => name, 'left'],
  ['Codec', of(codecCell), 'left'],
  ['Bytes, everything', of(ours((record) => grouped(fileBytes(record))))],
  ['Bits/coded weight', of(codedBitsCell)],
  ['÷ float32', of(fileRatioCell)],
  ['‖W−Ŵ‖÷‖W‖', of(weightErrorCell)],
  ['on Gaussian weights, recomputed', ({ gaussian }) => (gaussian === undefined ? DASH : String(gaussian))],
  ['max abs error', of(ours(({ error }) => (error ? significant(error.maxAbs) : DASH)))],
  ['Δ perplexity %, of images points [95 %]', of(changeCell)],
  [
    'Top-1 agreement',
    of(
      ours(({ quality }) =>
        quality.topAgreement === undefined ? DASH : `${fixed(100 * quality.topAgreement, 1)} %`,
      ),
    ),
  ],
  ['Published (other model)', ({ published }) => published ?? DASH, 'left'],
  ['Verdict against plain rounding in no more bytes', of(verdictCell), 'left'],
  ['Note', (row) => noteCell(row.found, row.note), 'left'],
];

const plan: NamedPlan = {
  id: 'rft-ablation',
  title: 'QuantoniumOS RFT codecs, part by part, with ordinary transforms as controls',
  note: `The ablation that QuantoniumOS (https://github.com/mandcony/quantoniumos, docs/research/REQUIRED_BENCHMARKS.md) requires:
transform, quantisation and residual switched off one at a time, other bases at the same stored bytes, and the sizes of the files.
Its figures are from docs/research/benchmarks/VERIFIED_BENCHMARKS.md. 32 windows of 128 tokens. Errors of single layers are in
records.json. Every figure here comes from the restored file.`,
  plans: (request) => {
    const codec = GROUPS.flatMap(({ arms }) => arms.map((arm) => arm.codec));
    return [namedPlan({ ...COMMON_OPTIONS, codec }, request)];
  },
  table: (results) =>
    [...modelsOf(results).map(({ id }) => modelText(id, results)), signalsText()].join('\n'),
};

export default plan;

function modelText(model: string, results: Results): string {
  const groups = GROUPS.map((group) => groupText(group, model, results));
  return `## ${measurementTitle(model, results)}\n\n${groups.join('\n')}`;
}

function groupText({ title, arms }: Group, model: string, results: Results): string {
  const rows = arms.map((arm) => {
    const found = comparedCodec(arm.codec, model, results);
    return { ...arm, found, note: arm.note ?? helps(found, arm, model, results) };
  });
  return `### ${title}\n\n${markdownTable(COLUMNS, rows)}`;
}

/** Says on how many tensors the arm's basis beats the identity at equal stored bits. */
function helps(
  { record }: ComparedCodec,
  { control }: Arm,
  model: string,
  results: Results,
): string | undefined {
  const identity = control === undefined ? undefined : comparedCodec(control, model, results).record;
  if (!record?.error?.layers.length || !identity?.error) return undefined;
  return helpsText(record.error.layers, identity.error.layers);
}
