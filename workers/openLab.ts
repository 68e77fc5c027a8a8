import type { OpenedDevice } from '../src/gpu/device';
import { Gpu } from '../src/gpu/gpu';
import type { Lab } from '../src/lab/lab';
import { browserName } from '../src/platform/browser/browserName';
import { browserLab } from '../src/platform/browser/lab';
import type { PageModels } from '../src/platform/browser/models';

/** Makes the lab on an opened device, with all kernels; it is loaded while the adapter is requested. */
export function labOn(
  device: OpenedDevice | undefined,
  models: PageModels,
  base: string,
  wasHidden: () => boolean,
): Lab {
  const completion = /Firefox\//.test(navigator.userAgent) ? 'timer' : 'event';
  const gpu = device && new Gpu(device, { completion });
  return browserLab(gpu, models, base, browserName(navigator), wasHidden);
}
