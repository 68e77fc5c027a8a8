import { grouped } from '../../../../base/format';
import { DASH, markdownTable, type TableColumn } from '../../../../base/markdown';
import { formatCodec, parseCodec } from '../../../../codecs/contract/spec';
import { fileBytes, type LabRecord } from '../../../results/record';
import { runPlan, type CodecSearch } from '../../../run/run';
import { COMMON_OPTIONS, namedPlan, type NamedPlan, type Results } from '../definition';
import {
  against,
  changeCell,
  codecCell,
  comparedCodec,
  measurementTitle,
  modelSections,
  noteCell,
  ours,
  weightErrorCell,
  type ComparedCodec,
} from '../tables';

/** The mixes whose sizes the allocations have. */
const MIXES = ['Q3_K_M', 'Q4_K_M', 'Q5_K_M'] as const;

const plain = (mix: string) => `gguf-mix(type=${mix})`;
const weighed = (mix: string) => `gguf-mix(type=${mix},importance=calibration)`;
const spelled = (codec: string) => formatCodec(parseCodec(codec));

/** Returns the allocation of the bytes of a mix. */
function allocated(record: LabRecord): string {
  return `allocate(bits=${Math.floor(1000 * record.size.bitsPerWeight) / 1000},family=gguf)`;
}

const plan: NamedPlan = {
  id: 'gguf-mixes',
  title: 'Block types by measured sensitivity, beside the mixes of llama.cpp',
  note: `Files of block types of llama.cpp: its mixes, without and with importance weights, and for each of them
\`allocate(family=gguf)\`, which chooses the type of each matrix by its measured sensitivity, in no more bytes. All have the same
container, so that their bytes compare; scope all, with positions in float32 as in a GGUF file. Differences are paired over the
windows of the evaluation text, which calibration does not see.`,
  plans: (request) => [
    namedPlan(
      {
        ...COMMON_OPTIONS,
        ...{ model: 'gpt2-tinystories', scope: 'all', rest: 'float32', context: '256', windows: '64' },
        ...{ metrics: 'perplexity', verdict: 'off' },
        codec: MIXES.flatMap((mix) => [plain(mix), weighed(mix)]),
      },
      request,
    ),
  ],
  async *run(lab, plans, options) {
    for (const each of plans) yield* runPlan(lab, each, { ...options, search: allocations() });
  },
  table: modelSections(section),
};

export default plan;

/** Measures an allocation of the size of each mix that was measured. */
function allocations(): CodecSearch {
  const asked = new Set<string>();
  return {
    expected: MIXES.length,
    next(records) {
      for (const mix of MIXES) {
        const record = records.get(spelled(plain(mix)));
        if (!record || asked.has(mix)) continue;
        asked.add(mix);
        return parseCodec(allocated(record));
      }
      return undefined;
    },
  };
}

function section(model: string, results: Results): string {
  const rows = MIXES.flatMap((mix) => {
    const opponents = [plain(mix), weighed(mix)].map((codec) => comparedCodec(codec, model, results));
    const [{ record }] = opponents;
    const own = record ? [comparedCodec(allocated(record), model, results)] : [];
    return [...opponents, ...own].map((row) => ({ row, opponents }));
  });
  const of = (cell: (row: ComparedCodec) => string) => (each: (typeof rows)[number]) => cell(each.row);
  const columns: readonly TableColumn<(typeof rows)[number]>[] = [
    ['Codec', of(codecCell), 'left'],
    ['Bytes', of(ours((record) => grouped(fileBytes(record))))],
    ['‖W−Ŵ‖÷‖W‖', of(weightErrorCell)],
    ['Δ perplexity % [95 %]', of(changeCell)],
    [
      'Against the mix',
      ({ row, opponents: [first] }) => (row === first ? DASH : against(row, first)),
      'left',
    ],
    [
      'Against the mix with importance',
      ({ row, opponents: [, second] }) => (row === second ? DASH : against(row, second)),
      'left',
    ],
    ['Note', of((row) => noteCell(row)), 'left'],
  ];
  return `## ${measurementTitle(model, results)}\n\n${markdownTable(columns, rows)}`;
}
