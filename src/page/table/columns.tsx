import type { ReactNode } from 'react';
import { fixed, grouped, significant, withError, withInterval } from '../../base/format';
import type { LabRecord } from '../../lab/results/record';
import { speedCounts } from '../../lab/results/flags';
import { metricText } from '../../lab/results/taskTable';
import { WITHIN_WORDS } from '../tasks/words';
import { Flags } from './Flags';
import { LimitMark } from './LimitMark';
import type { SortValue } from './sort';
import { VerdictCell } from './VerdictCell';

/** A column of the table. */
export interface Column {
  id: string;
  header(task: LabRecord['quality']['task']): string;
  term?: string;
  numeric: boolean;
  sort: (record: LabRecord) => SortValue;
  cell(record: LabRecord): ReactNode;
  /** Whether the column has anything to show for a record; without any it is left out. By default it is always there. */
  concerns?: (record: LabRecord) => boolean;
}

const MISSING = <span className="missing">–</span>;

function optional(value: number | undefined | null, show: (value: number) => ReactNode): ReactNode {
  return value === undefined || value === null ? MISSING : show(value);
}

function numberColumn(
  id: string,
  header: string,
  term: string | undefined,
  value: (record: LabRecord) => number | undefined,
  show: (value: number) => ReactNode,
): Column {
  const cell = (record: LabRecord): ReactNode => optional(value(record), show);
  return { id, header: () => header, term, numeric: true, sort: value, cell };
}

const percent = (share: number): string => `${fixed(100 * share, 1)} %`;
const times = (ratio: number): string => `${significant(ratio)}×`;
const two = (value: number): string => fixed(value, 2);

/** Size, quality and verdict come first, then further measures, speed and flags. */
export const COLUMNS: readonly Column[] = [
  numberColumn('bytes', 'Bytes', undefined, (r) => r.size.totalBytes - r.size.assetBytes, grouped),
  numberColumn('bitsPerWeight', 'Bits / weight', 'bits-per-weight', (r) => r.size.bitsPerWeight, two),
  {
    id: 'quality',
    header: (task) => (task === 'perplexity' ? 'Perplexity ± SE' : 'Accuracy % ± SE'),
    term: 'standard-error',
    numeric: true,
    sort: (r) => r.quality.value,
    cell: (r) => qualityCell(r),
  },
  {
    id: 'delta',
    header: (task) => (task === 'perplexity' ? 'Δ % [95 %]' : 'Δ points [95 %]'),
    term: 'interval',
    numeric: true,
    sort: (r) => (r.role === 'baseline' ? undefined : r.quality.deltaPercent),
    cell: (r) =>
      r.role === 'baseline' ? (
        MISSING
      ) : (
        <>
          {deltaCell(r)} <LimitMark record={r} />
        </>
      ),
  },
  {
    id: 'verdict',
    header: () => 'Verdict',
    term: 'verdict',
    numeric: false,
    sort: (r) => r.verdict?.outcome,
    cell: (r) => <VerdictCell record={r} />,
  },
  {
    id: 'tasks',
    header: () => 'Tasks',
    term: 'tasks',
    numeric: false,
    sort: (r) => r.tasks?.[0].metrics[0].value,
    cell: ({ tasks }) => (tasks ? tasks.map(taskText).join(', ') : MISSING),
    concerns: ({ tasks }) => tasks !== undefined,
  },
  numberColumn('kl', 'KL (nats)', 'kl-divergence', (r) => r.quality.klMean, significant),
  numberColumn('agreement', 'Top-1 agreement', 'top-1-agreement', (r) => r.quality.topAgreement, percent),
  numberColumn('ratioFloat32', 'Compression vs. float32', 'ratio', (r) => r.size.ratioFloat32, times),
  numberColumn('ratioFloat16', 'Compression vs. float16', 'ratio', (r) => r.size.ratioFloat16, times),
  numberColumn(
    'bitsPerCodedWeight',
    'Bits / coded weight',
    'bits-per-coded-weight',
    (r) => r.size.bitsPerCodedWeight,
    two,
  ),
  numberColumn('maxAbs', 'Max |ΔW|', 'max-abs-error', (r) => r.error?.maxAbs, significant),
  numberColumn('encode', 'Encoding (ms)', 'encode-time', (r) => r.speed.encodeMs, significant),
  {
    id: 'speed',
    header: (task) => (task === 'perplexity' ? 'Tokens/s' : 'Images/s'),
    numeric: true,
    sort: (r) => speedOf(r)?.median,
    cell: (r) => speedCell(r),
  },
  {
    id: 'flags',
    header: () => 'Flags',
    term: 'validity',
    numeric: false,
    sort: (r) => r.validity.length,
    cell: (r) => <Flags flags={r.validity} />,
  },
];

function qualityCell({ quality: q }: LabRecord): string {
  const unit = q.task === 'image-accuracy' ? 100 : 1;
  return withError(q.value * unit, q.standardError * unit);
}

/** Returns the first metric of a task with the sign of its verdict: "lambada 31.0 ± 3.3 % ?". */
function taskText({ task, metrics: [metric] }: NonNullable<LabRecord['tasks']>[number]): string {
  const { comparison } = metric;
  return `${task} ${metricText(metric)}${comparison ? ` ${WITHIN_WORDS[comparison.withinTenPercent].sign}` : ''}`;
}

function deltaCell({ quality: q }: LabRecord): ReactNode {
  const { value, interval } = withInterval(q.deltaPercent, q.deltaPercentCi95);
  return (
    <>
      {value} <span className="soft">{interval}</span>
    </>
  );
}

function speedOf({ speed }: LabRecord): LabRecord['speed']['imagesPerSecond'] {
  return speed.prefillTokensPerSecond ?? speed.imagesPerSecond;
}

function speedCell(record: LabRecord): ReactNode {
  const speed = speedOf(record);
  if (!speed) return MISSING;
  const { interval } = withInterval(speed.median, speed.ci95);
  const title = `Median of ${speed.samples.length} samples, 95 % interval ${interval.replaceAll('+', '')}`;
  return (
    <span className={speedCounts(record) ? undefined : 'soft'} title={title}>
      {significant(speed.median)}
    </span>
  );
}
