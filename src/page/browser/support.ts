import { LabError } from '../../base/errors';

/** What the browser supports, as plain values, so that the decision can be tested. */
export interface BrowserCapabilities {
  isSecureContext: boolean;
  protocol: string;
}

/** Reads the capabilities of this browser. */
export function browserCapabilities(): BrowserCapabilities {
  return { isSecureContext: window.isSecureContext, protocol: location.protocol };
}

/**
 * Returns why no run is possible, or undefined if one is. It needs no worker. WebGPU is not required, because the CPU computes
 * without it.
 */
export function missingCapability({ isSecureContext, protocol }: BrowserCapabilities): LabError | undefined {
  if (isSecureContext) return undefined;
  return new LabError(
    'insecure-context',
    `This page was opened over an insecure connection (${protocol}//), where browsers disable WebGPU and storage.`,
    'Open it over https:// or from http://localhost. The recorded examples below work without it.',
  );
}
