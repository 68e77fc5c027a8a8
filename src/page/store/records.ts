import { createStore } from 'zustand/vanilla';
import { cohortLabel, cohortOf, latestPerCodec } from '../../lab/results/cohort';
import type { LabRecord } from '../../lab/results/record';

/** The origin of a record. Imported records and examples were not measured in this browser. */
export type Origin = 'measured' | 'stored' | 'imported' | 'example';

export interface Entry {
  record: LabRecord;
  origin: Origin;
}

export interface RecordsState {
  /** The user's own records by id: measured in this visit, stored earlier, or imported. */
  own: ReadonlyMap<string, Entry>;
  examples: readonly LabRecord[];
  /** Id of the record that the inspector shows. */
  selected: string | null;
  /** The model whose records are shown; null stands for the plan's model. */
  model: string | null;
  /** The cohort that is shown; null stands for that of the newest record. */
  cohort: string | null;
  /** Why the last cross-check failed. */
  crossCheckFailure: { id: string; message: string; remedy: string } | null;
  /** The outcome of the last file written from a record, or why there is none. */
  fileOutcome: { id: string; text: string; failed: boolean } | null;
}

export function createRecordsStore() {
  return createStore<RecordsState>(() => ({
    own: new Map(),
    examples: [],
    selected: null,
    model: null,
    cohort: null,
    crossCheckFailure: null,
    fileOutcome: null,
  }));
}

export type RecordsStore = ReturnType<typeof createRecordsStore>;

/** Adds records, or replaces those with the same id. A record that was measured here keeps its origin when it is imported. */
export function withRecords(
  own: ReadonlyMap<string, Entry>,
  records: readonly LabRecord[],
  origin: Origin,
): ReadonlyMap<string, Entry> {
  const next = new Map(own);
  for (const record of records) {
    const here = origin === 'imported' ? own.get(record.id)?.origin : undefined;
    next.set(record.id, { record, origin: here ?? origin });
  }
  return next;
}

/** Comparable records, which are shown together. */
export interface Cohort {
  key: string;
  label: string;
  entries: readonly Entry[];
  /** ISO time of its newest record. */
  newest: string;
}

/** Returns the cohorts of a model: the user's own, or those of the recorded examples if there are none. */
export function cohortsFor(
  state: Pick<RecordsState, 'own' | 'examples'>,
  model: string,
): { cohorts: Cohort[]; example: boolean } {
  const own = [...state.own.values()].filter((e) => e.record.model.id === model);
  const example = own.length === 0;
  const entries = example
    ? state.examples
        .filter((r) => r.model.id === model)
        .map((record): Entry => ({ record, origin: 'example' }))
    : own;
  return { cohorts: groupCohorts(entries), example };
}

/** Groups records into cohorts, newest first. */
function groupCohorts(entries: readonly Entry[]): Cohort[] {
  const groups = new Map<string, Entry[]>();
  for (const entry of entries) {
    const key = cohortOf(entry.record);
    groups.set(key, [...(groups.get(key) ?? []), entry]);
  }
  const cohorts = [...groups].map(([key, members]) => {
    const newest = members.reduce((t, e) => (e.record.startedAt > t ? e.record.startedAt : t), '');
    return { key, label: cohortLabel(members[0].record), entries: latestPerCodec(members), newest };
  });
  return cohorts.sort((a, b) => b.newest.localeCompare(a.newest));
}

/** Returns the chosen cohort, or the newest. */
export function shownCohort(cohorts: readonly Cohort[], chosen: string | null): Cohort | undefined {
  return cohorts.find((c) => c.key === chosen) ?? cohorts[0];
}
