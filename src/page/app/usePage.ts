import { createContext, use } from 'react';
import { useStore } from 'zustand';
import { EMBEDDED_MODELS } from '../../lab/plan/presets';
import type { BenchState } from '../store/bench';
import type { DeltaState } from '../store/delta';
import type { GenerationState } from '../store/generation';
import type { Activity, LabState } from '../store/lab';
import type { ModelsState } from '../store/models';
import type { PlanState } from '../store/plan';
import type { RecordsState } from '../store/records';
import type { RoutingState } from '../store/routing';
import type { TrainState } from '../store/train';
import type { ValueGroup, Values } from '../store/values';
import type { ViewState } from '../store/view';
import type { Page } from './page';

export const PageContext = createContext<Page | null>(null);

/** Returns the page's state, from the context around the component. */
export function usePage(): Page {
  return use(PageContext)!;
}

/** Returns the present activity if it has this kind and is about this record, or about no record by default. */
export function useActivity(kind: Activity['kind'], record: string | null = null): Activity | null {
  return useLab(({ activity }) => (activity?.kind === kind && activity.record === record ? activity : null));
}

export const useLab = <T>(select: (state: LabState) => T): T => useStore(usePage().lab, select);
export const useModels = <T>(select: (state: ModelsState) => T): T => useStore(usePage().models, select);
export const usePlans = <T>(select: (state: PlanState) => T): T => useStore(usePage().plans, select);
export const useRecords = <T>(select: (state: RecordsState) => T): T => useStore(usePage().records, select);
export const useView = <T>(select: (state: ViewState) => T): T => useStore(usePage().view, select);
export const useGeneration = <T>(select: (state: GenerationState) => T): T =>
  useStore(usePage().generation, select);
export const useRouting = <T>(select: (state: RoutingState) => T): T => useStore(usePage().routing, select);
export const useTrain = <T>(select: (state: TrainState) => T): T => useStore(usePage().train, select);
export const useValues = (group: ValueGroup): Values => useStore(usePage().values[group], (s) => s.values);
export const useDelta = <T>(select: (state: DeltaState) => T): T => useStore(usePage().delta, select);
export const useBench = <T>(select: (state: BenchState) => T): T => useStore(usePage().bench, select);

/** Renders again whenever the page's address changes. */
export function useAddress(): void {
  const { plans, view, values, lab } = usePage();
  useStore(plans, (s) => s.plan);
  useStore(view, (s) => s.view);
  useStore(view, (s) => s.lesson);
  useStore(lab, (s) => s.compute);
  useStore(values.decide);
  useStore(values.compare);
  useStore(values.inspect);
  useStore(values.text);
}

/** Lists the models of the page that have a model's task, by name: embedded ones, and those that were looked up or chosen. */
export function useModelsLike(model: string): string[] {
  const { names } = usePage().plans;
  const known = useModels((state) => state.known);
  const { task } = names.model(model);
  return [...EMBEDDED_MODELS.keys(), ...known.keys()].filter((id) => names.model(id).task === task);
}
