import { count, fixed, grouped, significant, withError } from '../../../../base/format';
import { cellText, DASH, markdownTable, type TableColumn } from '../../../../base/markdown';
import { fileBytes } from '../../../results/record';
import { COMMON_OPTIONS, namedPlan, type NamedPlan, type Results } from '../definition';
import {
  changeCell,
  codecCell,
  comparedCodec,
  fileRatioCell,
  measurementTitle,
  modelsOf,
  noteCell,
  ours,
  verdictCell,
  weightErrorCell,
  type ComparedCodec,
} from '../tables';
import { runWithTexts, SAMPLE, sampleText } from './texts';

/** The language models that ship with the page, the smallest first. */
const OWN_MODELS = ['stories260K', 'gpt2-tinystories'];

const CODECS = [
  'rtn(bits=8,group=row)',
  'rtn(bits=4,group=32)',
  'nf4(block=64)',
  'rtn(bits=3,group=32)',
  'ternary(rule=optimal,group=128)',
  'rft-vertex(mode=lossy,amplitude=6,phase=5)',
];

type Row = ComparedCodec & { model: string };

const COLUMNS: readonly TableColumn<Row>[] = [
  ['Model', ({ model }) => model, 'left'],
  ['Codec', (row) => (row.record?.role === 'baseline' ? 'float32 baseline' : codecCell(row)), 'left'],
  ['Parameters', ours(({ model }) => count(model.parameters))],
  ['Bytes', ours((record) => grouped(fileBytes(record)))],
  ['÷ float32', fileRatioCell],
  ['‖W−Ŵ‖÷‖W‖', weightErrorCell],
  ['Max abs error', ours(({ error }) => (error ? significant(error.maxAbs) : DASH))],
  [
    'Quality of float32 ± SE',
    ours(({ quality: { baseline } }) => withError(baseline.value, baseline.standardError)),
  ],
  ['Δ %, of images points [95 %]', changeCell],
  [
    'Top-1 agreement',
    ours(({ quality: { topAgreement } }) =>
      topAgreement === undefined ? DASH : `${fixed(100 * topAgreement, 1)} %`,
    ),
  ],
  ['Verdict against plain rounding in no more bytes', verdictCell, 'left'],
  [`Text after “${SAMPLE.prompt}”`, ours((record) => textCell(sampleText(record))), 'left'],
  ['Note', (row) => noteCell(row), 'left'],
];

const plan: NamedPlan = {
  id: 'scale-ladder',
  title: 'The same codecs on models of growing size',
  note: `The ladder of sizes that QuantoniumOS (https://github.com/mandcony/quantoniumos, docs/research/REQUIRED_BENCHMARKS.md) requires: gpt2,
a model of 350 M and one of 1.3 B weights, each with reconstruction, perplexity, size and a text. 32 windows of 128 tokens; the text has
${SAMPLE.maxTokens} tokens, the most likely one each time. Without \`--model\` it runs the language models that ship with the page;
\`--model openai-community/gpt2 --model Salesforce/codegen-350M-mono --model EleutherAI/gpt-neo-1.3B\` takes those of the hub. Models differ
in architecture, vocabulary and training data, so that a trend over them is no law.`,
  takesModels: true,
  runEach: runWithTexts,
  plans: (request) =>
    (request.overrides.model?.split(';') ?? OWN_MODELS).map((model) =>
      namedPlan(
        { ...COMMON_OPTIONS, codec: CODECS },
        { ...request, overrides: { ...request.overrides, model } },
      ),
    ),
  table: (results) => {
    const models = modelsOf(results).map(({ id }) => id);
    const rows = models.flatMap((model) => rowsOf(model, results));
    return `${models.map((model) => `- ${measurementTitle(model, results)}`).join('\n')}\n\n${markdownTable(COLUMNS, rows)}`;
  },
};

export default plan;

function rowsOf(model: string, results: Results): Row[] {
  const baseline = results.records.find((record) => record.role === 'baseline' && record.model.id === model);
  const codecs = CODECS.map((codec) => ({ ...comparedCodec(codec, model, results), model }));
  return baseline ? [{ codec: 'float32', record: baseline, model }, ...codecs] : codecs;
}

/** Formats a text as code, since a destroyed model may write markup. */
function textCell(text: string | undefined): string {
  if (text === undefined) return DASH;
  const shown = cellText(text).replaceAll('`', '’').trim();
  return shown === '' ? '(nothing)' : `\`${shown}\``;
}
