import { BufferPool } from './buffers';
import {
  openDevice,
  type AdapterInfo,
  type DeviceFeatures,
  type OpenedDevice,
  type OpenOptions,
} from './device';
import type { KernelMemory } from './kernelMemory';
import { Kernels } from './kernels';
import { Recorder } from './recorder';
import { CommandStream } from './stream';

/** An open GPU with its memory, kernels and command stream. */
export class Gpu {
  readonly device: GPUDevice;
  readonly info: AdapterInfo;
  readonly features: DeviceFeatures;
  /** The largest number of bytes that one storage binding may cover; larger matrices are split by rows. */
  readonly maxBindingBytes: number;
  readonly buffers: BufferPool;
  readonly kernels: Kernels;
  readonly stream: CommandStream;
  /** Where measured choices of kernels are kept; by default only as long as the GPU is open. */
  kernelMemory: KernelMemory = new Map<string, string>();

  constructor(opened: OpenedDevice, { completion }: Pick<OpenOptions, 'completion'>) {
    this.device = opened.device;
    this.info = opened.info;
    this.features = opened.features;
    this.maxBindingBytes = opened.maxBindingBytes;
    this.buffers = new BufferPool(opened.device);
    this.kernels = Kernels.of(opened.device);
    this.stream = new CommandStream(opened.device, this.buffers, completion);
  }

  static async open(gpu: GPU, options: OpenOptions = {}): Promise<Gpu> {
    return new Gpu(await openDevice(gpu, options), options);
  }

  recorder(): Recorder {
    return new Recorder(this.device, this.buffers, this.kernels);
  }

  destroy(): void {
    this.device.destroy();
  }
}
