import { LabError } from '../base/errors';
import type { CompletionKind } from './completion';

/** The adapter that computes, as shown on the page and stored in every record. */
export interface AdapterInfo {
  vendor: string;
  architecture: string;
  device: string;
  description: string;
  /** Whether it is a software adapter (SwiftShader, lavapipe, WARP), whose speed is not representative. */
  software: boolean;
  subgroupMinSize: number;
  subgroupMaxSize: number;
}

export interface DeviceFeatures {
  f16: boolean;
  subgroups: boolean;
  timestamps: boolean;
  /** `dot4I8Packed` and related functions (WGSL language feature packed_4x8_integer_dot_product). */
  dot4: boolean;
}

export interface OpenOptions {
  /** An artificial limit on one storage binding in bytes; the test suite runs a second time at 1 MiB. */
  bindingCap?: number;
  /** Whether optional features are disabled, to test the portable path. */
  portable?: boolean;
  /** How this browser reports finished GPU work; default `event`. */
  completion?: CompletionKind;
}

export interface OpenedDevice {
  device: GPUDevice;
  info: AdapterInfo;
  features: DeviceFeatures;
  /** The largest number of bytes that one storage binding may cover. */
  maxBindingBytes: number;
}

/** What browsers of different ages say about an adapter; `isFallbackAdapter` moved into `info`. */
interface AdapterDescription {
  info?: Partial<GPUAdapterInfo>;
  isFallbackAdapter?: boolean;
}

const OPTIONAL_FEATURES: GPUFeatureName[] = ['shader-f16', 'subgroups', 'timestamp-query'];
const SOFTWARE_NAMES = /swiftshader|llvmpipe|lavapipe|warp|basic render/i;

/**
 * Opens the adapter with all limits it offers, since the defaults are far below those of most devices.
 * @throws LabError no-webgpu if there is no adapter, or it opens no device
 */
export async function openDevice(gpu: GPU, options: OpenOptions = {}): Promise<OpenedDevice> {
  const adapter = await requestAdapter(gpu);
  const wanted = options.portable ? [] : OPTIONAL_FEATURES.filter((f) => adapter.features.has(f));
  const device = await adapter
    .requestDevice({ requiredFeatures: wanted, requiredLimits: raisedLimits(adapter.limits) })
    .catch((error: unknown) => {
      throw noAdapter('the adapter opened no device', error);
    });
  return {
    device,
    info: adapterInfo({ info: adapter.info, isFallbackAdapter: adapter.isFallbackAdapter }),
    features: {
      f16: device.features.has('shader-f16'),
      subgroups: device.features.has('subgroups'),
      timestamps: device.features.has('timestamp-query'),
      dot4: !options.portable && hasLanguageFeature(gpu, 'packed_4x8_integer_dot_product'),
    },
    maxBindingBytes: bindingLimit(device.limits, options.bindingCap),
  };
}

async function requestAdapter(gpu: GPU): Promise<GPUAdapter & AdapterDescription> {
  let cause: unknown;
  const adapter = await gpu
    .requestAdapter({ powerPreference: 'high-performance' })
    .catch((error: unknown) => {
      // Dawn in Node rejects where browsers return null, and lists the available adapters.
      cause = error;
      return null;
    });
  if (adapter) return adapter;
  throw noAdapter('no graphics adapter answered', cause);
}

function noAdapter(what: string, cause?: unknown): LabError {
  const reason = cause instanceof Error ? ` (${cause.message.trim().replace(/\s+/g, ' ')})` : '';
  return new LabError(
    'no-webgpu',
    `WebGPU is present, but ${what}${reason}.`,
    'Update the graphics driver, or enable hardware acceleration in the browser settings.',
    cause,
  );
}

function raisedLimits(limits: GPUSupportedLimits): Record<string, number> {
  return {
    maxBufferSize: limits.maxBufferSize,
    maxStorageBufferBindingSize: limits.maxStorageBufferBindingSize,
    maxComputeWorkgroupStorageSize: limits.maxComputeWorkgroupStorageSize,
    maxComputeInvocationsPerWorkgroup: limits.maxComputeInvocationsPerWorkgroup,
    maxComputeWorkgroupSizeX: limits.maxComputeWorkgroupSizeX,
    maxStorageBuffersPerShaderStage: limits.maxStorageBuffersPerShaderStage,
  };
}

function bindingLimit(limits: GPUSupportedLimits, cap = Infinity): number {
  const bytes = Math.min(limits.maxStorageBufferBindingSize, limits.maxBufferSize, cap);
  return Math.floor(bytes / 256) * 256;
}

/** Returns whether WGSL has a language feature. Browsers that report none (Chrome before 115, Firefox) are taken to have none. */
function hasLanguageFeature({ wgslLanguageFeatures }: Partial<GPU>, feature: string): boolean {
  return wgslLanguageFeatures?.has(feature) ?? false;
}

/**
 * Describes the adapter. Chrome and Edge have `GPUAdapter.info` since version 127; before, the adapter has no name. Fields that
 * browsers added later are absent in older ones.
 */
function adapterInfo({ info, ...adapter }: AdapterDescription): AdapterInfo {
  const { vendor = '', architecture = '', device = '', description = '' } = info ?? {};
  const names = `${vendor} ${architecture} ${device} ${description}`;
  const fallback = info?.isFallbackAdapter ?? adapter.isFallbackAdapter ?? false;
  return {
    ...{ vendor, architecture, device, description },
    software: fallback || SOFTWARE_NAMES.test(names),
    subgroupMinSize: info?.subgroupMinSize ?? 0,
    subgroupMaxSize: info?.subgroupMaxSize ?? 0,
  };
}
