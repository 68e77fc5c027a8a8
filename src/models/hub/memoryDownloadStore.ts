import { LabError, throwIfAborted } from '../../base/errors';
import { bytesSource, type ByteSource } from '../../formats/byteSource';
import { waitTurn } from './turns';
import type { DownloadStore, StoreWriter } from './types';

interface Content {
  bytes: Uint8Array;
  size: number;
}

/** A store in the memory of one program, for tests and for files that need not be kept. */
export class MemoryDownloadStore implements DownloadStore {
  private readonly files = new Map<string, Content>();
  private readonly queues = new Map<string, Promise<unknown>>();

  /** @param capacity the maximum number of bytes; unlimited by default */
  constructor(private readonly capacity = Infinity) {}

  async list(prefix: string): Promise<{ path: string; bytes: number }[]> {
    const found = [...this.files].filter(([path]) => path.startsWith(prefix));
    return found.map(([path, { size }]) => ({ path, bytes: size }));
  }

  async read(path: string): Promise<ByteSource | undefined> {
    const content = this.files.get(path);
    return content && bytesSource(content.bytes.slice(0, content.size));
  }

  async write(path: string): Promise<StoreWriter> {
    const content = this.files.get(path) ?? { bytes: new Uint8Array(), size: 0 };
    this.files.set(path, content);
    return {
      get size() {
        return content.size;
      },
      write: async (offset, bytes) => this.put(content, offset, bytes),
      truncate: async (size) => void (content.size = Math.min(size, content.size)),
      flush: async () => undefined,
      close: async () => undefined,
    };
  }

  async delete(prefix: string): Promise<void> {
    for (const path of [...this.files.keys()]) if (path.startsWith(prefix)) this.files.delete(path);
  }

  async locked<T>(
    name: string,
    work: () => Promise<T>,
    signal?: AbortSignal,
    onWait?: () => void,
  ): Promise<T> {
    throwIfAborted(signal);
    const before = this.queues.get(name);
    if (before) onWait?.();
    const mine = waitTurn(before, signal).then(work);
    const settled = Promise.allSettled([before, mine]).then(() => {
      if (this.queues.get(name) === settled) this.queues.delete(name);
    });
    this.queues.set(name, settled);
    return mine;
  }

  async free(): Promise<number | undefined> {
    return Number.isFinite(this.capacity) ? this.capacity - this.used() : undefined;
  }

  private put(content: Content, offset: number, bytes: Uint8Array): void {
    const end = offset + bytes.byteLength;
    if (this.used() + Math.max(0, end - content.size) > this.capacity)
      throw new LabError('storage', 'There is no more space.', 'Delete stored models.');
    if (end > content.bytes.byteLength) content.bytes = grown(content.bytes, end);
    content.bytes.set(bytes, offset);
    content.size = Math.max(content.size, end);
  }

  private used(): number {
    return [...this.files.values()].reduce((sum, { size }) => sum + size, 0);
  }
}

/** Returns a copy with at least twice the size, so that appending takes linear time. */
function grown(bytes: Uint8Array, length: number): Uint8Array {
  const larger = new Uint8Array(Math.max(length, 2 * bytes.byteLength));
  larger.set(bytes);
  return larger;
}
