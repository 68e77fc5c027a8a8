import { expect, test } from 'vitest';
import { LabError } from '../src/base/errors';
import { parseBenchArguments } from './benchOptions';

test('without arguments everything runs against the peer', () => {
  expect(parseBenchArguments([])).toEqual({
    kinds: ['matmul', 'attention', 'forward'],
    models: [],
    adapter: 'auto',
    peer: true,
    help: false,
  });
});

test('every option arrives', () => {
  const line = 'forward --model a --model b --adapter software --peer off --seconds 2.5 --out x.json';
  expect(parseBenchArguments(line.split(' '))).toEqual({
    kinds: ['forward'],
    models: ['a', 'b'],
    adapter: 'software',
    peer: false,
    secondsPerCase: 2.5,
    out: 'x.json',
    help: false,
  });
});

test.each(['matmuls', 'matmul forward', '--peer maybe', '--seconds 0', '--seconds x', '--models a', '--out'])(
  '"%s" is refused with a sentence',
  (line) => {
    expect(() => parseBenchArguments(line.split(' '))).toThrow(LabError);
  },
);
