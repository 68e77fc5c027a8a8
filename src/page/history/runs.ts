import { cohortLabel, cohortOf, deviceOf } from '../../lab/results/cohort';
import type { LabRecord } from '../../lab/results/record';
import type { Entry } from '../store/records';

/** Records of one model and measurement, of one device and version. */
export interface StoredRun {
  key: string;
  label: string;
  records: readonly LabRecord[];
}

/** Groups records into runs, the newest first. A plan that is run again on the same device and version measures nothing twice. */
export function runsOf(entries: readonly Entry[]): StoredRun[] {
  const groups = new Map<string, LabRecord[]>();
  const newestFirst = [...entries].sort((a, b) => b.record.startedAt.localeCompare(a.record.startedAt));
  for (const { record, origin } of newestFirst) {
    const imported = origin === 'imported' ? 'imported' : '';
    const key = [cohortOf(record), deviceOf(record), record.environment.commit, imported].join('|');
    groups.set(key, [...(groups.get(key) ?? []), record]);
  }
  return [...groups].map(([key, records]) => ({ key, label: labelOf(key, records), records }));
}

function labelOf(key: string, records: readonly LabRecord[]): string {
  const [newest] = records;
  const { version, commit } = newest.environment;
  const date = new Date(newest.startedAt).toLocaleString();
  const imported = key.endsWith('|imported') ? 'imported, ' : '';
  return `${newest.model.id}, ${cohortLabel(newest)}, ${deviceOf(newest)}, ${imported}${version} (${commit}), ${date}`;
}
