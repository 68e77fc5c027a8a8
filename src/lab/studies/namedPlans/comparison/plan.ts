import { fixed, grouped, significant, withError } from '../../../../base/format';
import { DASH, markdownTable, type TableColumn } from '../../../../base/markdown';
import { formatCodec, parseCodec } from '../../../../codecs/contract/spec';
import { fileBytes, type LabRecord } from '../../../results/record';
import { COMMON_OPTIONS, namedPlan, type NamedPlan, type Results } from '../definition';
import {
  changeCell,
  codecCell,
  comparedCodec,
  fileRatioCell,
  measurementTitle,
  modelSections,
  noteCell,
  ours,
  verdictCell,
  type ComparedCodec,
} from '../tables';
import { againstBaseline, againstOpponent, brokenRule, speedOf } from './rule';

/** The methods: those that the published list asks for, one or two of each project, and ours. */
const METHODS = [
  ['float16', 'float16'],
  ['RFT hybrid, as published', 'rft-hybrid(amplitude=6,phase=5)'],
  ['RFT vertex, as published', 'rft-vertex(mode=lossy,amplitude=6,phase=5)'],
  ['RFT percentile, 90 % dropped', 'rft-percentile(percentile=90)'],
  ['Tenpak INT4 + INT2', 'tenpak-int4(method=int4_residual_v1,mode=faithful)'],
  ['Tenpak AWQ (v10)', 'tenpak-awq(group=256)'],
  ['t81, rows with a scale', 't81-row'],
  ['GPTQ, 4 bits', 'gptq(bits=4,group=128,scheme=symmetric,act-order=true)'],
  ['AWQ, 4 bits', 'awq(bits=4,group=128)'],
  ['bitsandbytes, 8 bits', 'llm-int8(threshold=6)'],
  ['bitsandbytes NF4', 'nf4(block=64,double=true)'],
  ['plain rounding, 4 bits', 'rtn(bits=4,group=32)'],
  ['ternary, optimal', 'ternary(rule=optimal,group=128)'],
  ['entropy-coded grid', 'rans(grid(step=0.2,rounding=waterfilled,trellis=true))'],
] as const;

interface Row {
  name: string;
  found: ComparedCodec;
  baseline?: LabRecord;
  opponent?: LabRecord;
}

const of = (cell: (found: ComparedCodec) => string) => (row: Row) => cell(row.found);
const orDash = (record: LabRecord | undefined, cell: (record: LabRecord) => string) =>
  record ? cell(record) : DASH;

const COLUMNS: readonly TableColumn<Row>[] = [
  ['Method', ({ name }) => name, 'left'],
  ['Codec', ({ found }) => (found.codec ? codecCell(found) : DASH), 'left'],
  ['Bytes', of(ours((record) => grouped(fileBytes(record))))],
  ['÷ float32', of(fileRatioCell)],
  ['Quality ± SE', of(ours(qualityText))],
  ['Δ %, of images points [95 %]', of(changeCell)],
  ['Tokens/s, of images images/s [95 %]', of(ours(speedText))],
  ['Peak GPU memory, MiB', of(ours(({ speed }) => fixed(speed.peakGpuBytes / 2 ** 20, 1)))],
  ['Verdict against plain rounding in no more bytes', of(verdictCell), 'left'],
  [
    'Rule, against float32',
    ({ found: { record }, baseline }) =>
      orDash(baseline, (other) => orDash(record, (own) => brokenRule(againstBaseline(own, other)) ?? 'kept')),
    'left',
  ],
  [
    'Rule, against that rounding',
    ({ found: { record }, opponent }) =>
      orDash(opponent, (other) => orDash(record, (own) => brokenRule(againstOpponent(own, other)) ?? 'kept')),
    'left',
  ],
  ['Note', (row) => noteCell(row.found), 'left'],
];

const plan: NamedPlan = {
  id: 'comparison',
  title: 'Published methods and ours on one model: size, quality, speed, memory',
  note: `The comparison that QuantoniumOS (https://github.com/mandcony/quantoniumos, docs/research/REQUIRED_BENCHMARKS.md) requires: method, size,
perplexity, speed and memory, with GPTQ in 4 bits and bitsandbytes in 8 bits. 32 windows of 128 tokens. Its rule: a method that is
slower must show quality or size, one of worse quality must show speed or size. Differences count only where the 95 % intervals
show them. Most codecs are decoded to float32 before the model runs, so that they neither gain nor lose speed.`,
  plans: (request) => [namedPlan({ ...COMMON_OPTIONS, codec: METHODS.map(([, codec]) => codec) }, request)],
  table: modelSections(section),
};

export default plan;

function section(model: string, results: Results): string {
  const own = results.records.filter((record) => record.model.id === model);
  const baseline = own.find(({ role }) => role === 'baseline');
  const rows = METHODS.map(([name, codec]): Row => {
    const found = comparedCodec(formatCodec(parseCodec(codec)), model, results);
    const opponent = own.find(({ codec: { spec } }) => spec === found.record?.verdict?.opponent);
    return { name, found, ...(baseline && { baseline }), ...(opponent && { opponent }) };
  });
  const first: Row[] = baseline ? [{ name: 'float32', found: { codec: '', record: baseline } }] : [];
  return `## ${measurementTitle(model, results)}\n\n${markdownTable(COLUMNS, [...first, ...rows])}`;
}

function qualityText({ quality: { task, value, standardError } }: LabRecord): string {
  return task === 'perplexity'
    ? withError(value, standardError)
    : `${withError(100 * value, 100 * standardError)} %`;
}

function speedText(record: LabRecord): string {
  const speed = speedOf(record);
  if (!speed) return DASH;
  return `${significant(speed.median)} [${speed.ci95.map((bound) => significant(bound)).join(', ')}]`;
}
