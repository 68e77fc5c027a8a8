import { hostProcessor } from '../artefact/hostProcessor';
import type { Processor } from '../artefact/processor';
import type { CalibrationDevice } from '../calibrate/openWalk';
import { gpuOutputSquares, type OutputSquares } from '../calibrate/outputError';
import { requireGpu, type Lab } from './lab';

/** Whether the CPU does what a software adapter would do on it more slowly. */
export function sparesAdapter({ gpu, cpu }: Lab): boolean {
  return cpu !== undefined && (gpu?.info.software ?? true);
}

/**
 * Chooses what carries calibration data through a model: the CPU without an adapter, and where it measures and the adapter is a
 * software adapter.
 */
export function calibrationDevice(lab: Lab): CalibrationDevice {
  const { gpu, cpu } = lab;
  return sparesAdapter(lab) ? { gpu, cpu } : { gpu };
}

/** Chooses what encodes while an opponent is looked for: the references without an adapter or instead of a software adapter. */
export function searchProcessor(lab: Lab): Processor {
  return sparesAdapter(lab) ? hostProcessor() : lab.processor;
}

/** Chooses what measures output errors: the CPU where it calibrates, otherwise the adapter. */
export async function outputSquaresOf(lab: Lab): Promise<OutputSquares> {
  const { cpu } = calibrationDevice(lab);
  if (!cpu) return gpuOutputSquares(requireGpu(lab, 'Calibration'));
  const { cpuOutputSquares } = await import('../calibrate/cpuOutputError');
  return cpuOutputSquares(cpu, (gram) => lab.processor.read(gram));
}
