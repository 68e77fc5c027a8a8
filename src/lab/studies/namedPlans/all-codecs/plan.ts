import type { CodecMeta, OptionSpec } from '../../../../codecs/contract/meta';
import { codecMetas } from '../../../../codecs/contract/registry';
import { completeOptions, formatCodec } from '../../../../codecs/contract/spec';
import { grouped } from '../../../../base/format';
import { markdownTable, type TableColumn } from '../../../../base/markdown';
import { fileBytes } from '../../../results/record';
import { COMMON_OPTIONS, namedPlan, type NamedPlan, type Results } from '../definition';
import {
  changeCell,
  codecCell,
  codedBitsCell,
  fileRatioCell,
  comparedCodec,
  measurementTitle,
  modelSections,
  noteCell,
  ours,
  weightErrorCell,
  verdictCell,
  type ComparedCodec,
} from '../tables';

/** Options with more values are parameters rather than kinds of a codec, and not every value goes with the other defaults. */
const MAX_KINDS = 4;

const COLUMNS: readonly TableColumn<ComparedCodec>[] = [
  ['Codec', codecCell, 'left'],
  ['Bytes', ours((record) => grouped(fileBytes(record)))],
  ['÷ float32', fileRatioCell],
  ['Bits/coded weight', codedBitsCell],
  ['‖W−Ŵ‖÷‖W‖', weightErrorCell],
  ['Δ perplexity %, of images points [95 %]', changeCell],
  ['Verdict against plain rounding in no more bytes', verdictCell, 'left'],
  ['Note', (row) => noteCell(row), 'left'],
];

const plan: NamedPlan = {
  id: 'all-codecs',
  title: 'Every codec there is',
  note: `Each codec of the registry with its defaults and, if it has modes, kinds or a width, with one other choice; wrappers around
\`rtn(bits=4,group=32)\`, and entropy coding around the other wrappers. A new codec needs no edit here. 32 windows of 128 tokens, 32
calibration windows with one draw. A codec that fails is reported in its row and does not end the run. Codecs that need a base
model or a diffusion model are left out.`,
  plans: (request) => [namedPlan({ ...COMMON_OPTIONS, codec: representatives() }, request)],
  table: modelSections(section),
};

export default plan;

function section(model: string, results: Results): string {
  const rows = representatives().map((codec) => comparedCodec(codec, model, results));
  return `## ${measurementTitle(model, results)}\n\n${markdownTable(COLUMNS, rows)}`;
}

/** Lists one or two spellings of every codec, wrappers last. */
function representatives(): string[] {
  const metas = [...codecMetas.values()]
    .filter(({ needs }) => !needs.base && !needs.timesteps)
    .sort((a, b) => (a.id < b.id ? -1 : 1));
  const plain = metas.filter(({ wraps }) => !wraps).flatMap(choices);
  const wrappers = metas.filter(({ wraps }) => wraps).map(({ id }) => id);
  const inner = 'rtn(bits=4,group=32)';
  const wrapped = wrappers.map((id) => `${id}(${inner})`);
  const coded = wrappers.includes('rans') ? wrappers.filter((id) => id !== 'rans') : [];
  return [...plain, ...wrapped, ...coded.map((id) => `rans(${id}(${inner}))`)];
}

function choices(meta: CodecMeta): string[] {
  const other = otherChoice(meta);
  const sets = [{}, ...(other ? [other] : [])];
  return sets.map((given) => formatCodec({ id: meta.id, options: completeOptions(meta, given) }));
}

/** Chooses a second option set: another mode, else another of a few kinds, else one bit fewer. */
function otherChoice({ options }: CodecMeta): Record<string, string | number> | undefined {
  const kind =
    options.find(({ key }) => key === 'mode') ??
    options.find((o) => o.kind === 'choice' && o.named && o.key !== 'group' && o.values.length <= MAX_KINDS);
  if (kind) return { [kind.key]: otherValue(kind) };
  const bits = options.find(({ key }) => key === 'bits');
  if (bits?.kind !== 'integer' || bits.default <= bits.min) return undefined;
  return { bits: bits.default - 1 };
}

function otherValue(option: OptionSpec): string {
  if (option.kind !== 'choice') throw new TypeError(`${option.key} is no choice`);
  return option.values.find((value) => value !== option.default) ?? option.default;
}
