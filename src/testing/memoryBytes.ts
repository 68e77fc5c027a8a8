import v8 from 'node:v8';
import vm from 'node:vm';

/** Bytes of heap and array buffers in use, after collections: the first only releases what holds buffers. */
export function memoryBytes(): number {
  v8.setFlagsFromString('--expose-gc');
  const gc = vm.runInNewContext('gc') as () => void;
  gc();
  gc();
  const { heapUsed, arrayBuffers } = process.memoryUsage();
  return heapUsed + arrayBuffers;
}
