import type { LabCalls } from '../labCalls';
import type { Handlers } from '../serve';
import type { LabContext } from './context';

/** The handlers of all calls to the lab. All but those that open an adapter are loaded with their first call. */
export const labHandlers: Handlers<LabCalls, LabContext> = {
  open: (_, { device }) => {
    if (!device) return Promise.resolve(null);
    const { info, features, maxBindingBytes } = device;
    return Promise.resolve({ info, features, maxBindingBytes });
  },
  selfCheck: async (_, { openLab, signal }) => {
    const { checkedLab } = await import('../../src/lab/measuringLab');
    return (await checkedLab(await openLab(), signal)).selfCheck ?? null;
  },
  run: async (...call) => (await import('./run')).handleRun(...call),
  estimate: async (plan, { measuringLab, signal }) => {
    const { estimatePlan } = await import('../../src/lab/estimate/planTime');
    return estimatePlan(await measuringLab(signal), plan, signal);
  },
  generate: async (request, { measuringLab, signal, report }) => {
    const { generateText } = await import('../../src/lab/generate/text');
    return generateText(await measuringLab(signal), request, report, signal);
  },
  inspectFile: async (request, { measuringLab, signal }) => {
    const { inspectModel } = await import('../../src/lab/inspect/inspect');
    return inspectModel(await measuringLab(signal), request, signal);
  },
  sensitivity: async (request, { measuringLab, signal, report }) => {
    const { measureSensitivity } = await import('../../src/lab/inspect/sensitivity');
    return measureSensitivity(await measuringLab(signal), request, report, signal);
  },
  compareAnswers: async (request, { measuringLab, signal, report }) => {
    const { compareAnswers } = await import('../../src/lab/inspect/answers');
    return compareAnswers(await measuringLab(signal), request, report, signal);
  },
  benchmark: async (...call) => (await import('./benchmark')).handleBenchmark(...call),
  crossCheck: async (...call) => (await import('./crossCheck')).handleCrossCheck(...call),
  makeFile: async (...call) => (await import('./makeFile')).handleMakeFile(...call),
  makeDelta: async (...call) => (await import('./makeDelta')).handleMakeDelta(...call),
  route: async (...call) => (await import('./route')).handleRoute(...call),
  train: async (...call) => (await import('./train')).handleTrain(...call),
  inspect: async (model, { openLab, signal }) => (await (await openLab()).openModel(model, signal)).shape,
};
