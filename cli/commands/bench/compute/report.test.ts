import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import type { CpuPeerComparison } from '../../../../src/lab/studies/cpuPeers';
import { computeTable, cpuPeerTable } from './report';

const summary = (median: number) => ({
  median,
  ci95: [median - 0.5, median + 0.5] as [number, number],
  samples: [],
});

test('a row says how many times faster the CPU is, and how far losses are apart', () => {
  const row = {
    model: 'stories260K',
    codecs: 8,
    gpuSeconds: summary(40),
    cpuSeconds: summary(16),
    speedup: summary(2.5),
    forwardSpeedup: summary(4.125),
    gpuEstimate: summary(1.25),
    cpuEstimate: summary(0.75),
    lossDifference: 5.6e-7,
  };
  expect(computeTable([row]).split('\n')[2]).toBe(
    '| stories260K | 8 | 40.0 | 16.0 | 2.50 [2.00, 3.00] | 4.13 [3.63, 4.63] | 1.25 [0.75, 1.75] | 0.75 [0.25, 1.25] | 5.6e−7 |',
  );
});

test('a row says how the rate of perplexity compares with llama.cpp and with the matrix products alone', () => {
  const row = {
    ...{ model: 'stories15M', tokens: 4096, threads: 2, peer: 'llama.cpp', lossDifference: 3.1e-5 },
    ...{ rate: summary(2345.4), peerRate: summary(702), matmulRate: summary(3021.7) },
    ...{ toPeer: summary(3.3), toMatmuls: summary(0.776) },
  };
  expect(cpuPeerTable([row]).split('\n')[2]).toBe(
    '| stories15M | 4,096 | 2 | 2,345 | 702 | 3.30 [2.80, 3.80] | 3,022 | 0.78 [0.28, 1.28] | 3.1e−5 |',
  );
});

test('the table in the documents is that of the stored results', () => {
  const { rows } = JSON.parse(readFileSync('docs/measurements/cpu-peers.json', 'utf8')) as {
    rows: CpuPeerComparison[];
  };
  expect(readFileSync('docs/compute.md', 'utf8')).toContain(cpuPeerTable(rows).trim());
});
