import { useMemo } from 'react';
import { useStore } from 'zustand';
import { cohortsFor, shownCohort } from '../store/records';
import type { Cohort, Entry } from '../store/records';
import { plainName } from '../store/models';
import { usePage, usePlans } from './usePage';

/** The records on the curve and in the table. */
export interface ShownRecords {
  model: string;
  cohorts: readonly Cohort[];
  cohort: Cohort | undefined;
  entries: readonly Entry[];
  /** Whether these are recorded examples, which were not measured on this device. */
  example: boolean;
}

const NONE: readonly Entry[] = [];

/** Returns the records that the curve and the table show: one cohort of the chosen model. */
export function useShownRecords(): ShownRecords {
  const { records } = usePage();
  const planModel = plainName(usePlans((s) => s.draft.model));
  const model = useStore(records, (s) => s.model) ?? planModel;
  const own = useStore(records, (s) => s.own);
  const examples = useStore(records, (s) => s.examples);
  const chosen = useStore(records, (s) => s.cohort);
  return useMemo(() => {
    const { cohorts, example } = cohortsFor({ own, examples }, model);
    const cohort = shownCohort(cohorts, chosen);
    return { model, cohorts, cohort, entries: cohort?.entries ?? NONE, example };
  }, [own, examples, model, chosen]);
}

/** Returns the selected entry if it is among those shown. */
export function useSelectedEntry(shown: ShownRecords): Entry | undefined {
  const { records } = usePage();
  const id = useStore(records, (s) => s.selected);
  return shown.entries.find((e) => e.record.id === id);
}
