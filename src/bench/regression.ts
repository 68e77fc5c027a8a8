import type { AdapterInfo } from '../gpu/device';
import type { BenchResult } from './types';

/** The ratio of a case, ours ÷ the peer's, as several runs measured it. */
export interface StoredRatio {
  name: string;
  shape: string;
  median: number;
  /** From the lowest to the highest end of the runs' 95 % intervals: the noise of the measurement. */
  range: [number, number];
}

/** A case against its stored ratio. */
export interface RatioCheck {
  name: string;
  shape: string;
  stored: StoredRatio;
  /** Ours ÷ the peer's now; null if the case did not verify, or its peer did not run. */
  ratio: BenchResult['ratio'];
  /** `slower`: the interval lies below the stored range. */
  outcome: 'ok' | 'slower' | 'not-measured';
}

/** Names the kind of an adapter, whose ratios can be compared with one another, as it stands in a file's name. */
export function adapterKind({ vendor, architecture, device, description }: AdapterInfo): string {
  const names = `${vendor} ${architecture} ${device} ${description}`.toLowerCase();
  if (/llvmpipe|lavapipe/.test(names)) return 'lavapipe';
  if (/swiftshader/.test(names)) return 'swiftshader';
  return `${vendor} ${architecture}`.trim().toLowerCase().replace(/\W+/g, '-') || 'unnamed';
}

/** Summarises the ratios of several runs. Cases without a ratio in every run are left out. */
export function storedRatios(runs: readonly (readonly BenchResult[])[]): StoredRatio[] {
  return runs[0].flatMap(({ name, shape }) => {
    const ratios = runs.flatMap((run) => run.find((other) => isCase(other, { name, shape }))?.ratio ?? []);
    if (ratios.length < runs.length) return [];
    const medians = ratios.map(({ median }) => median).sort((a, b) => a - b);
    const range: [number, number] = [
      Math.min(...ratios.map(({ ci95 }) => ci95[0])),
      Math.max(...ratios.map(({ ci95 }) => ci95[1])),
    ];
    return [{ name, shape, median: medians[Math.floor(medians.length / 2)], range }];
  });
}

/**
 * Compares ratios with stored ones. A case is slower if all of its 95 % interval lies below all that the stored runs found, so
 * that the noise of neither side fails it.
 */
export function checkRatios(results: readonly BenchResult[], stored: readonly StoredRatio[]): RatioCheck[] {
  return stored.map((row) => {
    const found = results.find((result) => isCase(result, row));
    const ratio = found?.ours.verdict.ok ? found.ratio : null;
    const { name, shape } = row;
    const outcome = !ratio ? 'not-measured' : ratio.ci95[1] < row.range[0] ? 'slower' : 'ok';
    return { name, shape, stored: row, ratio, outcome };
  });
}

function isCase(a: Pick<StoredRatio, 'name' | 'shape'>, b: Pick<StoredRatio, 'name' | 'shape'>): boolean {
  return a.name === b.name && a.shape === b.shape;
}
