import v8 from 'node:v8';
import vm from 'node:vm';

/**
 * Returns the bytes of heap and array buffers in use. It collects garbage twice, since the first pass only releases the
 * owners of buffers.
 */
export function memoryBytes(): number {
  v8.setFlagsFromString('--expose-gc');
  const gc = vm.runInNewContext('gc') as () => void;
  gc();
  gc();
  const { heapUsed, arrayBuffers } = process.memoryUsage();
  return heapUsed + arrayBuffers;
}
