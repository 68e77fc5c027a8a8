import { testGpu } from './gpu';

/** Logs the adapter of the kernel tests. It fails without an adapter, since a missing one is no reason to skip tests. */
export async function setup(): Promise<void> {
  const { info, features } = await testGpu();
  const on = Object.entries(features).filter(([, has]) => has);
  console.log(`kernel tests on ${info.description || info.device} (${on.map(([name]) => name).join(', ')})`);
}
