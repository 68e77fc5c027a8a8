import { LabError } from '../../base/errors';
import type { LabRecord, SpeedSample } from './record';

/** What a machine measured, or several together. */
export interface MeasuredRuns {
  records: readonly LabRecord[];
  /** The speeds of every measurement. Those of several machines are kept side by side, since none is the right one. */
  speeds: readonly SpeedSample[];
}

/** Two records of equal run keys that differ although both must be the same. */
interface MergeConflict {
  /** The first field that differs. */
  field: string;
  records: readonly [LabRecord, LabRecord];
}

/** What depends on nothing but the run key. */
const DETERMINISTIC: readonly (readonly [field: string, of: (record: LabRecord) => unknown])[] = [
  ['codec', ({ codec }) => codec.spec],
  ['model', ({ model }) => model.sha256],
  ['artefactSha256', ({ artefactSha256 }) => artefactSha256],
  ['size', ({ size }) => size],
  ['quality', ({ quality }) => [quality.value, quality.baseline.value]],
  ['samples', ({ samples }) => samples],
];

/** Returns the speed of a record as a sample of its machine. */
export function speedSample({ runKey, startedAt, environment, speed }: LabRecord): SpeedSample {
  return { runKey, startedAt, environment, speed };
}

/**
 * Joins what several machines measured. Of records with equal run keys one is kept: with a verdict rather than without, a codec
 * rather than an opponent, then the earliest. The result depends neither on the order of the runs nor on which are joined first.
 * @throws LabError bad-input if two records with equal run keys differ in what must be equal; it names both
 */
export function mergeRuns(runs: readonly MeasuredRuns[]): MeasuredRuns {
  const all = sortedBy(
    runs.flatMap(({ records }) => records),
    preference,
  );
  const byKey = new Map<string, LabRecord>();
  const conflicts: MergeConflict[] = [];
  for (const record of all) {
    const kept = byKey.get(record.runKey);
    if (!kept) byKey.set(record.runKey, record);
    const field = kept && differingField(kept, record);
    if (kept && field !== undefined) conflicts.push({ field, records: [kept, record] });
  }
  if (conflicts.length > 0) throw conflictError(conflicts);
  const speeds = new Map(runs.flatMap((run) => run.speeds).map((each) => [JSON.stringify(each), each]));
  return {
    records: sortedBy([...byKey.values()], reading),
    speeds: sortedBy([...speeds.values()], (each) => [each.runKey, JSON.stringify(each)]),
  };
}

function differingField(a: LabRecord, b: LabRecord): string | undefined {
  return DETERMINISTIC.find(([, of]) => JSON.stringify(of(a)) !== JSON.stringify(of(b)))?.[0];
}

/** Of equal run keys the record that sorts first is kept. */
function preference(record: LabRecord): string[] {
  const { runKey, verdict, role, startedAt } = record;
  return [runKey, verdict ? '0' : '1', role === 'opponent' ? '1' : '0', startedAt, JSON.stringify(record)];
}

/** The order of a table: by model, the baseline first, codecs before opponents, as they were measured. */
function reading({ model, role, startedAt, runKey }: LabRecord): string[] {
  return [model.id, String(['baseline', 'codec', 'opponent'].indexOf(role)), startedAt, runKey];
}

function sortedBy<T>(list: readonly T[], key: (item: T) => readonly string[]): T[] {
  const keyed = list.map((item) => [key(item), item] as const);
  return keyed.sort(([a], [b]) => compareKeys(a, b)).map(([, item]) => item);
}

function compareKeys(a: readonly string[], b: readonly string[]): number {
  const at = a.findIndex((part, i) => part !== b[i]);
  if (at < 0) return 0;
  return a[at] < b[at] ? -1 : 1;
}

function conflictError(conflicts: readonly MergeConflict[]): LabError {
  const [{ field, records }] = conflicts;
  const [first, second] = records.map(
    ({ startedAt, environment }) => `of ${startedAt} on ${environment.adapter} (${environment.runtime})`,
  );
  const { model, codec } = records[0];
  const more = conflicts.length > 1 ? ` ${conflicts.length - 1} more records conflict.` : '';
  return new LabError(
    'bad-input',
    `${model.id} with ${codec.spec} has two records with the same run key and a different ${field}: ${first}, and ${second}.${more}`,
    'Equal keys must give equal figures: find out which machine computes wrongly (npm run verify), and leave out its results.',
  );
}
