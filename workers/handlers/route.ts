import { measureCascade } from '../../src/lab/routing/measure';
import type { LabHandler } from './context';

/** Measures a cascade of two variants of a model. */
export const handleRoute: LabHandler<'route'> = async (request, { measuringLab, signal, report }) =>
  measureCascade(await measuringLab(signal), request, {
    signal,
    onProgress: (fraction, step) => report({ fraction, step }),
  });
