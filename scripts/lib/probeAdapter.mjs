/** Prints the name of the adapter that Dawn opens with the present environment. It runs in a process of its own. */
import { create } from 'webgpu';

const gpu = create([]);
const adapter = await gpu.requestAdapter();
if (!adapter) {
  console.log('Dawn found no adapter');
  process.exit(1);
}
const { vendor, architecture, device, description } = adapter.info;
console.log(`adapter: ${description || [vendor, architecture, device].join(' ')}`);
process.exit(0);
