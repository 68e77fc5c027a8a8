import type { Gpu } from '../../gpu/gpu';
import { shadersVersion } from '../../gpu/shaders';

/** The sizes of a product: M rows of x, K columns, N outputs. */
export interface ProductSizes {
  rows: number;
  columns: number;
  outputs: number;
}

let version: string | undefined;

/**
 * Returns the key of a choice of kernel: adapter with its driver, version of the shaders, kind of weights, and sizes rounded up to
 * powers of two.
 */
export function tuningKey({ info }: Gpu, kind: string, { rows, columns, outputs }: ProductSizes): string {
  const adapter = [info.vendor, info.architecture, info.device, info.description].join('/');
  const sizes = [rows, columns, outputs].map((n) => Math.ceil(Math.log2(n)));
  version ??= shadersVersion('linear');
  return `${kind} ${adapter} ${version} ${sizes.join('×')}`;
}

/** Returns the candidate that is remembered under a key, otherwise the first one. */
export async function rememberedKernel<Name extends string>(
  { kernelMemory }: Gpu,
  key: string,
  candidates: readonly Name[],
): Promise<Name> {
  const known = await kernelMemory.get(key);
  return candidates.find((name) => name === known) ?? candidates[0];
}
