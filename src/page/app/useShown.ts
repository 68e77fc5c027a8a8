import { useMemo } from 'react';
import { useStore } from 'zustand';
import { cohortsFor, shownCohort } from '../store/records';
import type { Cohort, Entry } from '../store/records';
import { plainName } from '../store/models';
import { usePage, usePlans } from './usePage';

export interface Shown {
  model: string;
  cohorts: readonly Cohort[];
  cohort: Cohort | undefined;
  entries: readonly Entry[];
  /** True when recorded examples stand in for measurements of this device. */
  example: boolean;
}

const NONE: readonly Entry[] = [];

/** Returns the records that curve and table show: one cohort of the chosen model. */
export function useShown(): Shown {
  const { records } = usePage();
  const measured = plainName(usePlans((s) => s.draft.model));
  const model = useStore(records, (s) => s.model) ?? measured;
  const own = useStore(records, (s) => s.own);
  const examples = useStore(records, (s) => s.examples);
  const chosen = useStore(records, (s) => s.cohort);
  return useMemo(() => {
    const { cohorts, example } = cohortsFor({ own, examples }, model);
    const cohort = shownCohort(cohorts, chosen);
    return { model, cohorts, cohort, entries: cohort?.entries ?? NONE, example };
  }, [own, examples, model, chosen]);
}

/** Returns the selected record if it is among those shown. */
export function useSelected(shown: Shown): Entry | undefined {
  const { records } = usePage();
  const id = useStore(records, (s) => s.selected);
  return shown.entries.find((e) => e.record.id === id);
}
