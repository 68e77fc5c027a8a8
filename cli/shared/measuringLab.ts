import type { ComputeChoice } from '../../src/lab/compute';
import type { Lab } from '../../src/lab/lab';
import { wrongAdapterText } from '../../src/lab/selfCheck/report';
import { nodeLab } from '../../src/platform/node/lab';

/**
 * Opens the lab of a command that measures, and says so if the adapter computes wrongly.
 * @throws LabError as `nodeLab`
 */
export async function openMeasuringLab(request: { adapter?: string; compute: ComputeChoice }): Promise<Lab> {
  const lab = await nodeLab(request.adapter, request.compute);
  process.stderr.write(warningOf(lab));
  return lab;
}

/** Returns the line that says that an adapter computes wrongly; empty if it does not. */
export function warningOf({ runtime, selfCheck }: Pick<Lab, 'runtime' | 'selfCheck'>): string {
  if (!selfCheck || selfCheck.agrees) return '';
  return `${wrongAdapterText(selfCheck, runtime)} The lab does without it.\n`;
}
