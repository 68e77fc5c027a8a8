import { expect, test } from 'vitest';
import type { ModelPeerRow } from '../../../../src/bench/modelPeers';
import type { PeerRow } from '../../../../src/bench/peers';
import { peersText } from './report';

const row: PeerRow = {
  ...{ kind: 'int4', shape: [16, 288, 768], ours: 'int4, groups of 32', to: 'ORT MatMulNBits 4 bit' },
  ...{ ourRate: 12.34, otherRate: 5, verified: true, note: '', ratio: { median: 2.468, ci95: [2.4, 2.5] } },
};

test('a missed target is named with its figure and its slowest product', () =>
  expect(peersText({ rows: [row], models: [] }).split('\n')[2]).toBe(
    '| int4, M = 16 | 1 | geometric mean | ≥ 3 | 2.47 | 2.47 (16×288×768) | **missed** |',
  ));

test('a product without a ratio has a dash', () => {
  const rows = [row, { ...row, otherRate: null, ratio: null }];
  const lines = peersText({ rows, models: [] }).split('\n');
  expect(lines[6]).toBe(
    '| 16×288×768 | int4, groups of 32 | 12.3 | ORT MatMulNBits 4 bit | 5.00 | 2.47 [2.40, 2.50] |',
  );
  expect(lines[7]).toBe('| 16×288×768 | int4, groups of 32 | 12.3 | ORT MatMulNBits 4 bit | – | – |');
});

test('a model reaches its target from 0.8 of our matmuls on', () => {
  const model: ModelPeerRow = {
    ...{ kind: 'perplexity', model: 'stories260K', shape: '256 tokens', unit: 'tokens/s', to: 'our matmuls' },
    ...{ ourRate: 900, otherRate: 1000, verified: true, note: '', ratio: { median: 0.8, ci95: [0.79, 0.9] } },
  };
  const lines = peersText({ rows: [], models: [model, { ...model, ratio: { median: 0.79, ci95: [0, 1] } }] });
  expect(lines.split('\n')[2]).toBe(
    '| stories260K | perplexity, 256 tokens | 900 tokens/s | our matmuls | 1,000 tokens/s | 0.80 [0.79, 0.90] | ≥ 0.8 | reached |',
  );
  expect(lines.split('\n')[3]).toContain('**missed**');
});
