import { LabError } from '../base/errors';

export type BufferKind = 'storage' | 'uniform' | 'readback';

const USAGE: Record<BufferKind, () => number> = {
  storage: () => GPUBufferUsage.STORAGE | GPUBufferUsage.COPY_SRC | GPUBufferUsage.COPY_DST,
  uniform: () => GPUBufferUsage.UNIFORM | GPUBufferUsage.COPY_DST,
  readback: () => GPUBufferUsage.MAP_READ | GPUBufferUsage.COPY_DST,
};

/**
 * Owns all GPU memory of the lab. It counts live buffers and bytes, which lets tests find leaks, records the peak, and turns a
 * failed allocation, which WebGPU does not throw, into a LabError. Buffers are not recycled: recordings are replayed, so
 * allocation is rare, and WebGPU zeroes a new buffer.
 */
export class BufferPool {
  private readonly device: GPUDevice;
  private readonly live = new Map<GPUBuffer, number>();
  private pending: Promise<void>[] = [];
  private failure: LabError | undefined;
  liveBytes = 0;
  peakBytes = 0;

  constructor(device: GPUDevice) {
    this.device = device;
  }

  get liveCount(): number {
    return this.live.size;
  }

  /** Starts a new peak measurement from the bytes that are live now. */
  resetPeak(): void {
    this.peakBytes = this.liveBytes;
  }

  /** Allocates a zeroed buffer of `bytes` rounded up to 4. Failures are thrown by the next `settled()`. */
  allocate(bytes: number, label: string, kind: BufferKind = 'storage'): GPUBuffer {
    const size = Math.max(4, Math.ceil(bytes / 4) * 4);
    if (size > this.device.limits.maxBufferSize)
      throw new LabError(
        'limit',
        `${label} needs a buffer of ${size} bytes; this device allows ${this.device.limits.maxBufferSize}.`,
        'Use a smaller model or a shorter context.',
      );
    this.device.pushErrorScope('out-of-memory');
    const buffer = this.device.createBuffer({ size, label, usage: USAGE[kind]() });
    this.pending.push(this.device.popErrorScope().then((error) => this.noteFailure(error, label, size)));
    this.live.set(buffer, size);
    this.liveBytes += size;
    this.peakBytes = Math.max(this.peakBytes, this.liveBytes);
    return buffer;
  }

  /** Allocates a storage buffer and writes the data, padded to a multiple of 4 bytes. */
  upload(data: ArrayBufferView, label: string): GPUBuffer {
    const buffer = this.allocate(data.byteLength, label);
    this.write(buffer, data);
    return buffer;
  }

  /** Writes data, padded with zeros to a multiple of 4 bytes, at a byte offset that is a multiple of 4. */
  write(buffer: GPUBuffer, data: ArrayBufferView, offset = 0): void {
    const bytes = new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
    const whole = bytes.length - (bytes.length % 4);
    if (whole > 0) this.device.queue.writeBuffer(buffer, offset, bytes, 0, whole);
    if (whole === bytes.length) return;
    const tail = new Uint8Array(4);
    tail.set(bytes.subarray(whole));
    this.device.queue.writeBuffer(buffer, offset + whole, tail);
  }

  release(buffer: GPUBuffer): void {
    const size = this.live.get(buffer);
    if (size === undefined) return;
    this.live.delete(buffer);
    this.liveBytes -= size;
    buffer.destroy();
  }

  /** Returns a scope that frees the buffers it still owns when it is disposed of. */
  scope(): BufferScope {
    return new BufferScope(this);
  }

  /** Waits for the results of pending allocations. @throws LabError out-of-memory */
  async settled(): Promise<void> {
    const pending = this.pending;
    this.pending = [];
    await Promise.all(pending);
    const failure = this.failure;
    this.failure = undefined;
    if (failure) throw failure;
  }

  private noteFailure(error: GPUError | null, label: string, size: number): void {
    if (!error) return;
    this.failure ??= new LabError(
      'out-of-memory',
      `The GPU has no memory left for ${label} (${size} bytes; ${this.liveBytes} in use).`,
      'Close other tabs, or choose a smaller model, a shorter context or fewer windows.',
      error,
    );
  }
}

/** A group of buffers that are freed together. */
export class BufferScope {
  private readonly pool: BufferPool;
  private readonly owned = new Set<GPUBuffer>();

  constructor(pool: BufferPool) {
    this.pool = pool;
  }

  allocate(bytes: number, label: string): GPUBuffer {
    const buffer = this.pool.allocate(bytes, label);
    this.owned.add(buffer);
    return buffer;
  }

  upload(data: ArrayBufferView, label: string): GPUBuffer {
    const buffer = this.pool.upload(data, label);
    this.owned.add(buffer);
    return buffer;
  }

  /** Bytes that its buffers take. */
  get bytes(): number {
    return [...this.owned].reduce((sum, { size }) => sum + size, 0);
  }

  /** Removes a buffer from the scope; the caller takes ownership. */
  keep(buffer: GPUBuffer): GPUBuffer {
    this.owned.delete(buffer);
    return buffer;
  }

  dispose(): void {
    for (const buffer of this.owned) this.pool.release(buffer);
    this.owned.clear();
  }
}
