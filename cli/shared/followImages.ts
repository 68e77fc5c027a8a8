import type { OnImages } from '../../src/lab/images/generate';
import type { Lab } from '../../src/lab/lab';
import { TerminalProgress } from '../../src/platform/node/terminalProgress';
import { openMeasuringLab } from './measuringLab';

/** Opens a lab for work that samples images, shows its progress, and frees the adapter afterwards. @throws as `work` */
export async function followImages<T>(
  request: Parameters<typeof openMeasuringLab>[0],
  title: string,
  work: (lab: Lab, onImages: OnImages) => Promise<T>,
): Promise<T> {
  const lab = await openMeasuringLab(request);
  const bar = new TerminalProgress(process.stderr);
  const started = performance.now();
  bar.start(title);
  try {
    return await work(lab, (step, fraction) =>
      bar.update({ fraction, step, elapsedMs: performance.now() - started }),
    );
  } finally {
    bar.clear();
    lab.gpu?.destroy();
  }
}
