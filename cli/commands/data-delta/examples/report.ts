import { fixed, grouped } from '../../../../src/base/format';
import { markdownTable } from '../../../../src/base/markdown';
import type { DataExample } from '../../../../src/data/delta/examples';
import type { MadeDelta } from '../../../../src/data/delta/make';
import { savedPercent, type DeltaSizes } from '../make/report';

/** A generated example with what its delta took. */
export interface MeasuredExample {
  example: DataExample;
  made: MadeDelta;
  sizes: DeltaSizes;
  /** Bytes of base and derived file together. */
  bytes: number;
  makeMs: number;
  applyMs: number;
  /** Peak resident memory of the process so far. */
  peakBytes: number;
}

/** Returns two Markdown tables: rows and savings, then rates and memory. */
export function examplesTable(measured: readonly MeasuredExample[]): string {
  const counts = ({ made }: MeasuredExample) => made.header.counts;
  const savings = markdownTable(
    [
      ['Derived set', ({ example }) => `${example.name}: ${example.description}`, 'left'],
      ['Same', (each) => grouped(counts(each).same)],
      ['Modified', (each) => grouped(counts(each).modified)],
      ['New', (each) => grouped(counts(each).new)],
      ['Deleted', (each) => grouped(counts(each).deleted)],
      ['Derived bytes', ({ sizes }) => grouped(sizes.derived.bytes)],
      ['Delta bytes', ({ sizes }) => grouped(sizes.delta.bytes)],
      ['Saved', ({ sizes }) => saved(sizes.derived.bytes, sizes.delta.bytes)],
      ['Zipped', ({ sizes }) => grouped(sizes.derived.gzip)],
      ['Zipped delta', ({ sizes }) => grouped(sizes.delta.gzip)],
      ['Saved, zipped', ({ sizes }) => saved(sizes.derived.gzip, sizes.delta.gzip)],
      ['Sparse: bytes', ({ made }) => grouped(made.sparse.bytes)],
      ['Sparse: rows restored wrongly', ({ made }) => grouped(made.sparse.lost)],
    ],
    measured,
  );
  const rates = markdownTable(
    [
      ['Derived set', ({ example }) => example.name, 'left'],
      ['Both files, MB', ({ bytes }) => fixed(bytes / 1e6, 1)],
      ['Make, MB/s', ({ bytes, makeMs }) => rate(bytes, makeMs)],
      ['Apply, MB/s', ({ bytes, applyMs }) => rate(bytes, applyMs)],
      ['Peak resident MiB so far', ({ peakBytes }) => grouped(peakBytes / 2 ** 20)],
    ],
    measured,
  );
  return `${savings}\n${rates}`;
}

const saved = (whole: number, delta: number) => `${fixed(savedPercent(whole, delta), 1)} %`;
const rate = (bytes: number, ms: number) => fixed(bytes / 1000 / ms, 1);
