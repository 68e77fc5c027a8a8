import { LabError } from '../../base/errors';

/** What the browser supports, as plain values, so that the decision can be tested. */
export interface BrowserCapabilities {
  isSecureContext: boolean;
  hasWebGpu: boolean;
  protocol: string;
}

/** Reads the capabilities of this browser. */
export function browserCapabilities(): BrowserCapabilities {
  return {
    isSecureContext: window.isSecureContext,
    hasWebGpu: 'gpu' in navigator,
    protocol: location.protocol,
  };
}

/** Returns why no run is possible, or undefined if WebGPU is available. It needs no worker. */
export function missingCapability({
  isSecureContext,
  hasWebGpu,
  protocol,
}: BrowserCapabilities): LabError | undefined {
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
