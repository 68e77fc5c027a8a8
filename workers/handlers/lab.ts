import { checkedLab } from '../../src/lab/measuringLab';
import type { LabCalls } from '../labCalls';
import type { Handlers } from '../serve';
import type { LabContext } from './context';

/** The handlers of all calls to the lab. All but those that open an adapter are loaded with their first call. */
export const labHandlers: Handlers<LabCalls, LabContext> = {
  open: (_, { lab: { gpu } }) =>
    Promise.resolve(
      gpu ? { info: gpu.info, features: gpu.features, maxBindingBytes: gpu.maxBindingBytes } : null,
    ),
  selfCheck: async (_, { lab, signal }) => (await checkedLab(lab, signal)).selfCheck ?? null,
  run: async (...call) => (await import('./run')).handleRun(...call),
  estimate: async (plan, { measuringLab, signal }) => {
    const { estimatePlan } = await import('../../src/lab/estimate/planTime');
    return estimatePlan(await measuringLab(signal), plan, signal);
  },
  generate: async (request, { measuringLab, signal, report }) => {
    const { generateText } = await import('../../src/lab/generate/text');
    return generateText(await measuringLab(signal), request, report, signal);
  },
  benchmark: async (...call) => (await import('./benchmark')).handleBenchmark(...call),
  crossCheck: async (...call) => (await import('./crossCheck')).handleCrossCheck(...call),
  makeFile: async (...call) => (await import('./makeFile')).handleMakeFile(...call),
  makeDelta: async (...call) => (await import('./makeDelta')).handleMakeDelta(...call),
  route: async (...call) => (await import('./route')).handleRoute(...call),
  train: async (...call) => (await import('./train')).handleTrain(...call),
  inspect: async (model, { lab, signal }) => (await lab.openModel(model, signal)).shape,
};
