import { expect, test } from 'vitest';
import type { PeerRow } from '../../../../src/bench/peers';
import { peerTable, peerTargetTable } from './report';

const row: PeerRow = {
  ...{ kind: 'int4', shape: [16, 288, 768], ours: 'int4, groups of 32', to: 'ORT MatMulNBits 4 bit' },
  ...{ ourRate: 12.34, otherRate: 5, verified: true, note: '', ratio: { median: 2.468, ci95: [2.4, 2.5] } },
};

test('a missed target is named with its figure and its slowest product', () =>
  expect(peerTargetTable([row]).split('\n')[2]).toBe(
    '| int4, M = 16 | 1 | geometric mean | ≥ 3 | 2.47 | 2.47 (16×288×768) | **missed** |',
  ));

test('a product without a ratio has a dash', () => {
  const lines = peerTable([row, { ...row, otherRate: null, ratio: null }]).split('\n');
  expect(lines[2]).toBe(
    '| 16×288×768 | int4, groups of 32 | 12.3 | ORT MatMulNBits 4 bit | 5.00 | 2.47 [2.40, 2.50] |',
  );
  expect(lines[3]).toBe('| 16×288×768 | int4, groups of 32 | 12.3 | ORT MatMulNBits 4 bit | – | – |');
});
