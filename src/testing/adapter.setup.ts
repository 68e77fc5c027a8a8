import { testGpu } from './gpu';

/** Says which adapter the kernel tests run on; fails when there is none (a missing adapter is no reason to skip). */
export async function setup(): Promise<void> {
  const { info, features } = await testGpu();
  const on = Object.entries(features).filter(([, has]) => has);
  console.log(`kernel tests on ${info.description || info.device} (${on.map(([name]) => name).join(', ')})`);
}
