import { LabError } from '../base/errors';
import type { CompletionKind } from './completion';

/** Who computes: shown on the page, stored in every record. */
export interface AdapterInfo {
  vendor: string;
  architecture: string;
  device: string;
  description: string;
  /** True for software adapters (SwiftShader, lavapipe, WARP): numerics count, speed does not. */
  software: boolean;
  subgroupMinSize: number;
  subgroupMaxSize: number;
}

export interface DeviceFeatures {
  f16: boolean;
  subgroups: boolean;
  timestamps: boolean;
  /** `dot4I8Packed` and friends (WGSL language feature packed_4x8_integer_dot_product). */
  dot4: boolean;
}

export interface OpenOptions {
  /** Artificial cap on one storage binding in bytes; the tests run the suite a second time at 1 MiB. */
  bindingCap?: number;
  /** Switch optional features off to exercise the portable path. */
  portable?: boolean;
  /** How this browser completes GPU promises; default `event`. */
  completion?: CompletionKind;
}

export interface OpenedDevice {
  device: GPUDevice;
  info: AdapterInfo;
  features: DeviceFeatures;
  /** The most bytes one storage binding may cover here. */
  maxBindingBytes: number;
}

const OPTIONAL_FEATURES: GPUFeatureName[] = ['shader-f16', 'subgroups', 'timestamp-query'];
const SOFTWARE_NAMES = /swiftshader|llvmpipe|lavapipe|warp|basic render/i;

/**
 * Opens the adapter with every limit it offers (the portable defaults are far below most devices).
 * @throws LabError no-webgpu when there is no adapter, or it opens no device
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
    info: adapterInfo(adapter.info),
    features: {
      f16: device.features.has('shader-f16'),
      subgroups: device.features.has('subgroups'),
      timestamps: device.features.has('timestamp-query'),
      dot4: !options.portable && gpu.wgslLanguageFeatures.has('packed_4x8_integer_dot_product'),
    },
    maxBindingBytes: bindingLimit(device.limits, options.bindingCap),
  };
}

async function requestAdapter(gpu: GPU): Promise<GPUAdapter> {
  let cause: unknown;
  const adapter = await gpu
    .requestAdapter({ powerPreference: 'high-performance' })
    .catch((error: unknown) => {
      // Dawn in Node rejects where browsers answer null, and lists what there is.
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

function adapterInfo(info: GPUAdapterInfo): AdapterInfo {
  const names = `${info.vendor} ${info.architecture} ${info.device} ${info.description}`;
  return {
    vendor: info.vendor,
    architecture: info.architecture,
    device: info.device,
    description: info.description,
    software: info.isFallbackAdapter || SOFTWARE_NAMES.test(names),
    subgroupMinSize: info.subgroupMinSize,
    subgroupMaxSize: info.subgroupMaxSize,
  };
}
