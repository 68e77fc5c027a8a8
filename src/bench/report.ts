import type { AdapterInfo } from '../gpu/device';
import type { Gpu } from '../gpu/gpu';
import { MATMULS_ONLY } from './cases/modelMatmuls';
import type { PeerRuntime } from './peer/runtime';
import type { BenchResult, Measurement, SideResult } from './types';

/** A row of the page's benchmark table (workers/labCalls.ts). */
export interface BenchRow {
  name: string;
  ours: { median: number; ci95: [number, number] } | null;
  peer: { name: string; median: number; ci95: [number, number] } | null;
  unit: string;
  verified: boolean;
  note: string;
}

/** Returns a result as a row of the page; its note has the ratio, failures and flags. */
export function benchRow(result: BenchResult): BenchRow {
  const { ours, peer } = result;
  return {
    name: `${result.name} ${result.shape}`.trim(),
    ours: ours.measurement && rate(ours.measurement),
    peer: peer?.measurement ? { name: peer.name, ...rate(peer.measurement) } : null,
    unit: result.unit,
    verified: ours.verdict.ok,
    note: notes(result).join('; '),
  };
}

function rate({ median, ci95 }: Measurement): { median: number; ci95: [number, number] } {
  return { median, ci95 };
}

/** Returns the results as a Markdown table, one line per case. */
export function benchTable(results: readonly BenchResult[]): string {
  const head = ['case', 'shape', 'unit', 'ours', 'peer', 'ours ÷ peer', 'verified', 'notes'];
  const rows = results.map((result) => [
    result.name,
    result.shape,
    result.unit,
    sideText(result.ours),
    result.peer ? sideText(result.peer) : '–',
    result.ratio ? interval(result.ratio) : '–',
    verifiedText(result),
    notes(result).join('; '),
  ]);
  return [head, head.map(() => '---'), ...rows].map((cells) => `| ${cells.join(' | ')} |`).join('\n');
}

function sideText({ measurement, verdict }: SideResult): string {
  if (!verdict.ok) return 'FAIL';
  return measurement ? interval(measurement) : '–';
}

function verifiedText({ ours, peer }: BenchResult): string {
  const sides = [ours, ...(peer ? [peer] : [])];
  return sides
    .map(({ verdict }) => `${verdict.ok ? 'yes' : 'FAIL'} (${errorText(verdict.maxError)})`)
    .join(' / ');
}

function errorText(error: number): string {
  return Number.isFinite(error) ? error.toExponential(1) : 'not comparable';
}

function interval({ median, ci95 }: { median: number; ci95: readonly [number, number] }): string {
  return `${digits(median)} [${digits(ci95[0])}, ${digits(ci95[1])}]`;
}

/** Returns a number with three significant digits, or a whole number from 100 on. */
function digits(value: number): string {
  return Math.abs(value) >= 100 ? value.toFixed(0) : value.toPrecision(3);
}

function notes({ ours, peer, peerNote, ratio, flags }: BenchResult): string[] {
  const failed = [ours, ...(peer ? [peer] : [])].filter(({ verdict }) => !verdict.ok);
  return [
    ...failed.map(
      ({ name, verdict }) => `FAIL ${name}: error ${errorText(verdict.maxError)} (${verdict.note})`,
    ),
    ...(peer && peer.verdict.ok ? [`peer: ${peer.name}`] : []),
    ...(ratio ? [`ours is ${digits(ratio.median)}× the peer`] : []),
    ...(peerNote ? [peerNote] : []),
    ...(ours.measurement ? [ours.measurement.timer] : []),
    ...flags,
  ];
}

/** Returns sentences that name the adapters of both sides. */
export function adapterLine(gpu: Gpu, peer?: PeerRuntime): string {
  const { vendor, architecture, device, description, software } = gpu.info;
  const name = description || [vendor, architecture, device].filter(Boolean).join(' ') || 'unnamed adapter';
  const ours = `Ours: ${name}${software ? ' (software)' : ''}, features ${featureList(gpu).join(', ') || 'none'}.`;
  return peer ? `${ours}\nPeer: ${peer.name} on ${peer.adapter}.` : `${ours}\nPeer: none.`;
}

function featureList({ features }: Gpu): string[] {
  return Object.entries(features)
    .filter(([, on]) => on)
    .map(([name]) => name);
}

/** Returns sentences that compare each forward pass with the peer's matrix products of the same model alone. */
export function targetLines(results: readonly BenchResult[]): string[] {
  return results.flatMap(({ name, unit, ours, peer, ratio }) => {
    if (!name.endsWith(MATMULS_ONLY) || !ours.measurement || !peer?.measurement || !ratio) return [];
    const model = name.slice(0, -MATMULS_ONLY.length);
    const [low, high] = ratio.ci95;
    const verdict = low >= 1 ? 'reached' : high < 1 ? 'not reached' : 'not decided by these samples';
    return [
      `${model}: our whole pass ${interval(ours.measurement)} ${unit}; the peer's matmuls of the same model alone ` +
        `${interval(peer.measurement)} ${unit}; ratio ${interval(ratio)}: target of 1 ${verdict}.`,
    ];
  });
}

/** The file that `bench --out` writes. */
export interface BenchRecord {
  schema: 'bitcurve.bench/1';
  finishedAt: string;
  version: string;
  commit: string;
  runtime: string;
  adapter: AdapterInfo;
  features: string[];
  peer: { name: string; adapter: string } | null;
  results: readonly BenchResult[];
}

export function benchRecord(run: {
  gpu: Gpu;
  peer?: PeerRuntime;
  /** Browser or Node with its version. */
  runtime: string;
  results: readonly BenchResult[];
}): BenchRecord {
  const { gpu, peer, runtime, results } = run;
  return {
    schema: 'bitcurve.bench/1',
    finishedAt: new Date().toISOString(),
    version: __VERSION__,
    commit: __COMMIT__,
    runtime,
    adapter: gpu.info,
    features: featureList(gpu),
    peer: peer ? { name: peer.name, adapter: peer.adapter } : null,
    results,
  };
}
