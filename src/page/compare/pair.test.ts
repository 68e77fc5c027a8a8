import { expect, test } from 'vitest';
import { pairOf, pairValues, withCodec } from './pair';

test('a pair is written as it is read, without its defaults', () => {
  const pair = pairOf({ left: 'nf4', link: 'off' });
  expect(pair).toEqual({ left: 'nf4', right: 'gptq(bits=3,group=32,scheme=symmetric)', isLinked: false });
  expect(pairValues(pair)).toEqual({ left: 'nf4', link: 'off', right: undefined });
});

test('a changed option changes the other codec only while they are linked', () => {
  const pair = pairOf({});
  expect(withCodec(pair, 'left', 'rtn(bits=4,group=32)')).toMatchObject({
    left: 'rtn(bits=4,group=32)',
    right: 'gptq(bits=4,group=32,scheme=symmetric)',
  });
  expect(withCodec({ ...pair, isLinked: false }, 'right', 'gptq(bits=2,group=32)')).toMatchObject({
    left: 'rtn(bits=3,group=32)',
    right: 'gptq(bits=2,group=32)',
  });
});

test('unknown parameters and values are refused', () => {
  expect(() => pairOf({ middle: 'nf4' })).toThrow('A comparison has no parameter "middle".');
  expect(() => pairOf({ link: 'maybe' })).toThrow('"maybe" does not say whether codecs are linked.');
});
