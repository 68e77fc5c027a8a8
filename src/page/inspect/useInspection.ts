import { useEffect } from 'react';
import { useStore } from 'zustand';
import type { Inspection, InspectRequest } from '../../lab/inspect/inspect';
import { useModels, usePage } from '../app/usePage';
import { useCanRun } from '../measure/useCanRun';
import type { Problem } from '../plan/draft';
import { showFile } from './commands';

/** What is known of a requested file. */
export interface InspectionView {
  /** The last file that could be shown, which may still be another one. */
  found: Inspection | undefined;
  /** Whether it is what is asked for. */
  isPresent: boolean;
  problem: Problem | undefined;
  /** Whether a button has to ask, since the model is so large that it is not compressed by itself. */
  waits: boolean;
}

/** Larger models are compressed only when somebody asks. */
const MAX_PARAMETERS = 16e6;
/** Pause after the last change of a slider before the file is made again. */
const PAUSE_MS = 150;

/** Asks for a file whenever the request changes and the worker is free. */
export function useInspection(request: InspectRequest): InspectionView {
  const page = usePage();
  const { file, failure } = useStore(page.inspection);
  const free = useCanRun();
  const parameters = useModels((s) => s.known.get(request.model)?.parameters ?? 0);
  const key = JSON.stringify(request);
  const isPresent = file !== null && JSON.stringify(file.request) === key;
  const hasFailed = failure !== null && JSON.stringify(failure.request) === key;
  const isSmall = parameters <= MAX_PARAMETERS;
  useEffect(() => {
    if (!free || !isSmall || isPresent || hasFailed) return;
    const timer = setTimeout(() => void showFile(page, JSON.parse(key) as InspectRequest), PAUSE_MS);
    return () => clearTimeout(timer);
  }, [page, key, free, isSmall, isPresent, hasFailed]);
  return {
    found: file?.found,
    isPresent,
    problem: hasFailed ? failure : undefined,
    waits: !isSmall && !isPresent,
  };
}
