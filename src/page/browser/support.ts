import { LabError } from '../../base/errors';

/** What this browser offers, as plain values, so that the decision can be tested. */
export interface Surroundings {
  isSecureContext: boolean;
  hasWebGpu: boolean;
  protocol: string;
}

export function surroundings(): Surroundings {
  return {
    isSecureContext: window.isSecureContext,
    hasWebGpu: 'gpu' in navigator,
    protocol: location.protocol,
  };
}

/** Returns why no run is possible, or undefined where WebGPU is available; no worker is needed to know it. */
export function blockedBy({ isSecureContext, hasWebGpu, protocol }: Surroundings): LabError | undefined {
  if (!isSecureContext)
    return new LabError(
      'insecure-context',
      `This page was opened over an insecure connection (${protocol}//), where browsers disable WebGPU.`,
      'Open it over https:// or from http://localhost. The recorded examples below work without it.',
    );
  if (!hasWebGpu)
    return new LabError(
      'no-webgpu',
      'This browser has no WebGPU, so nothing can be measured on this device.',
      'Use Chrome or Edge 121, Safari 26 or Firefox 141 and later. The recorded examples below work without it.',
    );
  return undefined;
}
