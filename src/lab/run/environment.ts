import { adapterName, type Lab } from '../lab';
import type { LabRecord } from '../results/record';

/** Makes the record's `environment`: adapter, runtime and version. */
export function environmentOf(lab: Lab): LabRecord['environment'] {
  const { features, info } = lab.gpu;
  return {
    adapter: adapterName(lab.gpu),
    features: Object.entries(features)
      .filter(([, on]) => on)
      .map(([name]) => name),
    fallbackAdapter: info.software,
    runtime: lab.runtime,
    version: __VERSION__,
    commit: __COMMIT__,
  };
}
