import type { Gpu } from '../gpu/gpu';
import type { TextData, ImageData } from '../data/datasets';
import type { OnBytes } from '../models/load/files';
import type { Model } from '../models/model';
import type { OnnxRuntime } from '../onnx/runtime';
import type { TokenCache } from '../models/tokenizer/tokenizer';

/** Everything a run needs from its surroundings. The worker, Node and the tests each build one. */
export interface Lab {
  gpu: Gpu;
  /** Measures losses on the CPU; encoding, decoding and calibration stay on the GPU. Absent: the GPU measures. */
  cpu?: OnnxRuntime;
  /**
   * Loads an embedded model by id, a model of the hub, or one from the user's files or folders.
   * @param onProgress receives the bytes of the weights as they are first read
   */
  openModel(id: string, signal?: AbortSignal, onProgress?: OnBytes): Promise<Model>;
  openText(id: string, signal?: AbortSignal): Promise<TextData>;
  openImages(id: string, signal?: AbortSignal): Promise<ImageData>;
  tokenCache?: TokenCache;
  /** Bytes that measuring a model may take, where they are known; a plan may set others. */
  memoryBytes?: number;
  /** Browser or Node with its version, for the record. */
  runtime: string;
  /** True once the page's tab was hidden during the run: timers are throttled then, so speeds do not count. */
  wasHidden?: () => boolean;
}

/** Returns the adapter's name, on one line, for records and the page. */
export function adapterName(gpu: Gpu): string {
  const { vendor, architecture, device, description } = gpu.info;
  return description || [vendor, architecture, device].filter(Boolean).join(' ') || 'unnamed adapter';
}
