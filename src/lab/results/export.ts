import { count, fixed, grouped, significant, withError, withInterval } from '../../base/format';
import { DASH, markdownTable, type TableColumn } from '../../base/markdown';
import { csvText, type Cell } from './csv';
import { paretoFrontier } from './pareto';
import { fileBytes, type LabRecord, type RecordVerdict } from './record';
import { MIN_DRAWS } from './comparison';
import { deltaText, latencyText } from './recordText';
import { qualityWithinMargin, tasksCell, tasksToMarkdown } from './taskTable';

type Column = readonly [header: string, cell: (record: LabRecord) => Cell];

/** Columns of the CSV. Their names and order are stable: add at the end only. */
const CSV_COLUMNS: readonly Column[] = [
  ['id', (r) => r.id],
  ['run_key', (r) => r.runKey],
  ['started_at', (r) => r.startedAt],
  ['duration_ms', (r) => r.durationMs],
  ['status', (r) => r.status],
  ['role', (r) => r.role],
  ['model', (r) => r.model.id],
  ['model_source', (r) => r.model.source],
  ['model_revision', (r) => r.model.revision],
  ['model_sha256', (r) => r.model.sha256],
  ['parameters', (r) => r.model.parameters],
  ['architecture', (r) => r.model.architecture],
  ['codec', (r) => r.codec.spec],
  ['codec_id', (r) => r.codec.id],
  ['scope', (r) => r.scope],
  ['rest', (r) => r.rest],
  ['artefact_sha256', (r) => r.artefactSha256],
  ['total_bytes', (r) => r.size.totalBytes],
  ['asset_bytes', (r) => r.size.assetBytes],
  ['bits_per_weight', (r) => r.size.bitsPerWeight],
  ['bits_per_coded_weight', (r) => r.size.bitsPerCodedWeight],
  ['ratio_float32', (r) => r.size.ratioFloat32],
  ['ratio_float16', (r) => r.size.ratioFloat16],
  ['codes_bytes', (r) => r.size.parts.codes],
  ['scales_bytes', (r) => r.size.parts.scales],
  ['codebooks_bytes', (r) => r.size.parts.codebooks],
  ['tables_bytes', (r) => r.size.parts.tables],
  ['float_bytes', (r) => r.size.parts.float],
  ['header_bytes', (r) => r.size.parts.header],
  ['relative_l2', (r) => r.error?.relativeL2],
  ['max_abs_error', (r) => r.error?.maxAbs],
  ['cosine', (r) => r.error?.cosine],
  ['sqnr_db', (r) => r.error?.sqnrDb],
  ['task', (r) => r.quality.task],
  ['dataset', (r) => r.quality.dataset],
  ['dataset_sha256', (r) => r.quality.datasetSha256],
  ['protocol', (r) => r.quality.protocol],
  ['context', (r) => r.quality.context],
  ['stride', (r) => r.quality.stride],
  ['windows', (r) => r.quality.windows],
  ['scored_tokens', (r) => r.quality.scoredTokens],
  ['images', (r) => r.quality.images],
  ['quality', (r) => r.quality.value],
  ['quality_se', (r) => r.quality.standardError],
  ['baseline', (r) => r.quality.baseline.value],
  ['baseline_se', (r) => r.quality.baseline.standardError],
  ['delta', (r) => r.quality.delta],
  ['delta_low', (r) => r.quality.deltaCi95[0]],
  ['delta_high', (r) => r.quality.deltaCi95[1]],
  ['delta_percent', (r) => r.quality.deltaPercent],
  ['delta_percent_low', (r) => r.quality.deltaPercentCi95[0]],
  ['delta_percent_high', (r) => r.quality.deltaPercentCi95[1]],
  ['kl_mean', (r) => r.quality.klMean],
  ['kl_median', (r) => r.quality.klMedian],
  ['kl_p99', (r) => r.quality.klP99],
  ['top1_agreement', (r) => r.quality.topAgreement],
  ['token_accuracy', (r) => r.quality.tokenAccuracy],
  ['bits_per_byte', (r) => r.quality.bitsPerByte],
  ['encode_ms', (r) => r.speed.encodeMs],
  ['decode_ms', (r) => r.speed.decodeMs],
  ['prefill_tokens_per_second', (r) => r.speed.prefillTokensPerSecond?.median],
  ['images_per_second', (r) => r.speed.imagesPerSecond?.median],
  ['peak_gpu_bytes', (r) => r.speed.peakGpuBytes],
  ['opponent', (r) => r.verdict?.opponent],
  ['opponent_slack', (r) => r.verdict?.slack],
  ['verdict', (r) => r.verdict?.outcome],
  ['verdict_difference', (r) => r.verdict?.difference],
  ['verdict_low', (r) => r.verdict?.ci95?.[0]],
  ['verdict_high', (r) => r.verdict?.ci95?.[1]],
  ['packed_delta_nll', (r) => r.verification.packedDeltaNll],
  ['adapter', (r) => r.environment.adapter],
  ['software_adapter', (r) => r.environment.fallbackAdapter],
  ['runtime', (r) => r.environment.runtime],
  ['version', (r) => r.environment.version],
  ['commit', (r) => r.environment.commit],
  ['validity', (r) => r.validity.join(' ')],
  ['calibration', (r) => r.codec.calibration?.dataset],
  ['calibration_sha256', (r) => r.codec.calibration?.sha256],
  ['calibration_windows', (r) => r.codec.calibration?.windows],
  ['calibration_seeds', (r) => r.codec.calibration?.seeds.join(' ')],
  ['calibrate_ms', (r) => r.speed.calibrateMs],
  ['verdict_draws', (r) => r.verdict?.draws],
  ['loss', (r) => r.quality.loss],
  ['training', (r) => r.training?.kind],
  ['training_steps', (r) => r.training?.steps],
  ['training_dataset', (r) => r.training?.dataset],
  ['training_sha256', (r) => r.training?.datasetSha256],
  ['independent_runtime', (r) => r.verification.independentRuntime?.name],
  ['independent_runtime_delta', (r) => r.verification.independentRuntime?.value],
  ['independent_runtime_agrees', (r) => r.verification.independentRuntime?.agrees],
  ['loaded_elsewhere', (r) => r.verification.loadedElsewhere?.name],
  ['loaded_elsewhere_agrees', (r) => r.verification.loadedElsewhere?.agrees],
  ['inference_elsewhere', (r) => r.verification.inferenceAgrees?.name],
  ['inference_elsewhere_delta', (r) => r.verification.inferenceAgrees?.value],
  ['inference_elsewhere_agrees', (r) => r.verification.inferenceAgrees?.agrees],
  ['compute', (r) => r.environment.compute],
  ['cpu_runtime', (r) => r.environment.cpuRuntime],
  ['decode_tokens_per_second', (r) => r.speed.decodeTokensPerSecond?.median],
  ['latency_tokens', (r) => r.speed.latency?.tokens],
  ['latency_p50_ms', (r) => r.speed.latency?.p50.ms],
  ['latency_p95_ms', (r) => r.speed.latency?.p95.ms],
  ['latency_p99_ms', (r) => r.speed.latency?.p99.ms],
  ['quality_within_10_percent', qualityWithinMargin],
  ['tasks', tasksCell],
];

/** Writes records as RFC 4180 text: a header line, CRLF line ends, full precision, empty cells for what was not measured. */
export function recordsToCsv(records: readonly LabRecord[]): string {
  const header = CSV_COLUMNS.map(([name]) => name);
  return csvText([header, ...records.map((record) => CSV_COLUMNS.map(([, cell]) => cell(record)))]);
}

/** Says where and when records were measured: "Measured on NAME (Node 22), 2026-02-03." */
export function measuredWhere(records: readonly LabRecord[]): string {
  const adapters = new Set(records.map(({ environment: e }) => `${e.adapter} (${e.runtime})`));
  const days = records.map((r) => r.startedAt.slice(0, 10)).sort();
  const when = days[0] === days.at(-1) ? days[0] : `${days[0]} to ${days.at(-1)}`;
  return `Measured on ${[...adapters].join(', ')}, ${when}.`;
}

/** Writes a Markdown table for each model and measurement, baseline first, with as many digits as the intervals justify. */
export function recordsToMarkdown(records: readonly LabRecord[]): string {
  const groups = new Map<string, LabRecord[]>();
  for (const record of records) {
    const title = tableTitle(record);
    groups.set(title, [...(groups.get(title) ?? []), record]);
  }
  return [...groups]
    .map(([title, group]) => {
      const tasks = tasksToMarkdown(group);
      return `### ${title}\n\n${table(group)}${tasks && `\n${tasks}`}`;
    })
    .join('\n');
}

const PROTOCOL_NAMES = { windows: 'windows', sliding: 'sliding', 'llama.cpp': 'second halves of windows' };

function tableTitle({ model, quality, scope, rest }: LabRecord): string {
  const sample =
    quality.task === 'perplexity'
      ? `${PROTOCOL_NAMES[quality.protocol ?? 'windows']} of ${quality.context ?? '?'} tokens, ${grouped(quality.scoredTokens ?? 0)} scored`
      : `${grouped(quality.images ?? 0)} images`;
  const what = `${count(model.parameters)} parameters, scope ${scope}, rest ${rest}`;
  return markdownText(`${model.id} on ${quality.dataset} (${sample}; ${what})`);
}

/**
 * Writes a short Markdown table of the first model and measurement, with the baseline and the codecs on the Pareto frontier
 * (without their opponents), from large to small.
 */
export function frontierToMarkdown(records: readonly LabRecord[]): string {
  const title = tableTitle(records[0]);
  const group = records.filter((record) => tableTitle(record) === title);
  const baseline = group.filter(({ role }) => role === 'baseline');
  const points = group
    .filter(({ role }) => role === 'codec')
    .map((record) => ({ record, size: record.size.totalBytes, quality: record.quality.value }));
  const better = records[0].quality.task === 'perplexity' ? 'lower' : 'higher';
  const frontier = paretoFrontier(points, better).map(({ record }) => record);
  const columns = columnsOf(group).filter(([header]) => FRONTIER_HEADERS.test(header));
  return `${title}:\n\n${table([...baseline, ...frontier.reverse()], columns)}`;
}

const FRONTIER_HEADERS = /^(Codec$|Bytes$|Bits\/weight$|Perplexity|Accuracy|Δ)/;

function columnsOf(records: readonly LabRecord[]): readonly TableColumn<LabRecord>[] {
  const isText = records[0].quality.task === 'perplexity';
  const columns = isText ? TEXT_COLUMNS : IMAGE_COLUMNS;
  if (!records.some(({ speed }) => speed.latency)) return [...columns, ...VERDICT_COLUMNS];
  const rate = isText ? [DECODE_COLUMN] : [];
  return [...columns, ...rate, latencyColumn(isText ? 'token' : 'image'), ...VERDICT_COLUMNS];
}

function table(records: readonly LabRecord[], columns = columnsOf(records)): string {
  const order = { baseline: 0, codec: 1, opponent: 2 };
  const sorted = [...records].sort((a, b) => order[a.role] - order[b.role]);
  return markdownTable(columns, sorted);
}

const FIRST_COLUMNS: readonly TableColumn<LabRecord>[] = [
  ['Codec', codecText, 'left'],
  ['Bytes', (r) => grouped(fileBytes(r))],
  ['÷ float32', (r) => `${significant(r.size.ratioFloat32)}×`],
  ['÷ float16', (r) => `${significant(r.size.ratioFloat16)}×`],
  ['Bits/weight', (r) => fixed(r.size.bitsPerWeight, 2)],
  ['Bits/coded weight', (r) => fixed(r.size.bitsPerCodedWeight, 2)],
];

const LAST_COLUMNS: readonly TableColumn<LabRecord>[] = [
  ['KL (nats)', (r) => optional(r.quality.klMean, significant)],
  ['Top-1 agreement', (r) => optional(r.quality.topAgreement, (share) => `${fixed(100 * share, 1)} %`)],
  ['Max abs error', (r) => optional(r.error?.maxAbs, significant)],
  ['Encode ms', (r) => optional(r.speed.encodeMs, significant)],
];

const VERDICT_COLUMNS: readonly TableColumn<LabRecord>[] = [
  ['Verdict', (r) => (r.verdict ? verdictText(r.verdict) : DASH), 'left'],
  ['Flags', (r) => r.validity.map(markdownText).join(', ') || DASH, 'left'],
];

const TEXT_COLUMNS: readonly TableColumn<LabRecord>[] = [
  ...FIRST_COLUMNS,
  ['Perplexity ± SE', (r) => withError(r.quality.value, r.quality.standardError)],
  ['Δ % [95 %]', deltaText],
  ...LAST_COLUMNS,
  ['Tokens/s', (r) => optional(r.speed.prefillTokensPerSecond?.median, significant)],
];

const DECODE_COLUMN: TableColumn<LabRecord> = [
  'Decode tokens/s',
  (r) => optional(r.speed.decodeTokensPerSecond?.median, significant),
];

function latencyColumn(thing: 'token' | 'image'): TableColumn<LabRecord> {
  return [
    `ms/${thing} p50 / p95 / p99 (n)`,
    ({ speed }) => (speed.latency ? latencyText(speed.latency) : DASH),
  ];
}

const IMAGE_COLUMNS: readonly TableColumn<LabRecord>[] = [
  ...FIRST_COLUMNS,
  ['Accuracy % ± SE', (r) => withError(100 * r.quality.value, 100 * r.quality.standardError)],
  ['Δ points [95 %]', deltaText],
  ...LAST_COLUMNS,
  ['Images/s', (r) => optional(r.speed.imagesPerSecond?.median, significant)],
];

function codecText({ codec, role, training }: LabRecord): string {
  if (role === 'baseline') return markdownText(codec.label);
  const trained = training ? ` after ${training.kind}, ${grouped(training.steps)} steps` : '';
  return `\`${codec.spec}\`${role === 'opponent' ? ' (opponent)' : trained}`;
}

/** Formats a verdict: "better than `rtn(bits=3)`, −0.012 [−0.020, −0.004]". */
export function verdictText({ outcome, opponent, difference, ci95, draws }: RecordVerdict): string {
  const words = {
    better: 'better than',
    worse: 'worse than',
    unsure: 'unsure against',
    'no-opponent': 'no opponent fits',
    'is-opponent': 'is plain rounding',
  };
  if (opponent === null || outcome === 'no-opponent' || outcome === 'is-opponent') return words[outcome];
  const against = `${words[outcome]} \`${opponent}\``;
  if (difference === null || ci95 === null) return against;
  const { value, interval } = withInterval(difference, ci95);
  const sample = draws !== undefined && draws < MIN_DRAWS ? ', for this calibration sample' : '';
  return `${against}, ${value} ${interval}${sample}`;
}

function optional(value: number | undefined, format: (value: number) => string): string {
  return value === undefined ? DASH : format(value);
}

/** Escapes text from files for Markdown, on one line. */
function markdownText(text: string): string {
  return text.replace(/\s+/g, ' ').replace(/[\\|`*[\]<>#]/g, '\\$&');
}
