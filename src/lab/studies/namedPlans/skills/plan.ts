import { fixed, grouped, significant } from '../../../../base/format';
import { DASH, markdownTable, type TableColumn } from '../../../../base/markdown';
import { fileBytes, type LabRecord } from '../../../results/record';
import { metricDelta, metricText, type TaskMetricResult } from '../../../results/taskTable';
import { taskPlan, type NamedPlan, type Results } from '../definition';
import {
  changeCell,
  codecCell,
  comparedCodec,
  measurementTitle,
  modelSections,
  noteCell,
  ours,
  type ComparedCodec,
} from '../tables';

/** Tasks by the word that heads their columns. */
const TASKS = { functions: 'skills-strings', sums: 'skills-arithmetic' } as const;

/** From no loss to where everything is lost; below 4 bits also what calibration saves. */
const CODECS = [
  'float16',
  'rtn(bits=8,group=row)',
  'rtn(bits=6,group=32)',
  'rtn(bits=5,group=32)',
  'rtn(bits=4,group=32)',
  'gptq(bits=4,group=32)',
  'rtn(bits=3,group=32)',
  'gptq(bits=3,group=32)',
  'rtn(bits=2,group=32)',
  'gptq(bits=2,group=32)',
  'ternary(rule=optimal,group=128)',
];

const COLUMNS: readonly TableColumn<ComparedCodec>[] = [
  ['Codec', (row) => (row.record?.role === 'baseline' ? 'float32 baseline' : codecCell(row)), 'left'],
  ['Bytes', ours((record) => grouped(fileBytes(record)))],
  ['Bits/weight', ours(({ size }) => fixed(size.bitsPerWeight, 2))],
  ['Δ % of perplexity [95 %]', changeCell],
  ...Object.entries(TASKS).flatMap(([word, task]) => taskColumns(word, task)),
  ['Note', (row) => noteCell(row), 'left'],
];

const plan: NamedPlan = {
  id: 'skills',
  title: 'What fewer bits cost of two skills',
  note: `The model \`skills\` (scripts/skills/train.py) writes one-line Python functions on strings, which have to pass their tests, and answers
sums and differences of two-digit numbers in words, which have to be right word by word: 200 functions and 300 sums, all of them held out.
32 windows of 128 tokens give the perplexity. Differences are paired by problem, with an exact 95 % interval; “within 10 %” says whether the
codec keeps nine tenths of what float32 gets right: holds, fails, or unsure.`,
  plans: (request) => [
    taskPlan(
      { model: 'skills', codec: CODECS, tasks: Object.values(TASKS).join(','), 'task-examples': 'all' },
      request,
    ),
  ],
  table: modelSections(section),
};

export default plan;

function taskColumns(word: string, task: string): TableColumn<ComparedCodec>[] {
  const metric = (cell: (metric: TaskMetricResult) => string) =>
    ours((record) => {
      const found = taskOf(record, task)?.metrics[0];
      return found ? cell(found) : DASH;
    });
  return [
    [`Right ${word} ± SE`, metric(metricText)],
    [`Δ points of ${word} [95 %]`, metric(metricDelta)],
    [`Within 10 %, ${word}`, metric(({ comparison }) => comparison?.withinTenPercent ?? DASH), 'left'],
    [
      `Examples/s, ${word}`,
      ours((record) => {
        const speed = taskOf(record, task)?.examplesPerSecond;
        return speed === undefined ? DASH : significant(speed);
      }),
    ],
  ];
}

function taskOf({ tasks }: LabRecord, name: string) {
  return tasks?.find(({ task }) => task === name);
}

function section(model: string, results: Results): string {
  const baseline = results.records.find((record) => record.role === 'baseline' && record.model.id === model);
  const rows: ComparedCodec[] = [
    { codec: 'float32', record: baseline },
    ...CODECS.map((codec) => comparedCodec(codec, model, results)),
  ];
  return `${measurementTitle(model, results)}:\n\n${markdownTable(COLUMNS, rows)}`;
}
