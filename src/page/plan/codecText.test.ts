import { expect, test } from 'vitest';
import { formatCodec } from '../../codecs/contract/spec';
import { bitsOf, draftOfCodec, linkedCodec, withOption } from './codecText';

const draft = (text: string) => {
  const read = draftOfCodec(text);
  if ('problem' in read) throw new Error(read.problem.message);
  return read.draft;
};

test('the bits of a codec are those of the codec that it wraps', () => {
  expect(bitsOf(draft('rans(rtn(bits=3))'))).toEqual({ value: 3, choices: [2, 3, 4, 5, 6, 7, 8] });
  expect(bitsOf(draft('nf4'))).toBeUndefined();
  expect(formatCodec(withOption(draft('rans(rtn(bits=3))'), 'bits', 5))).toBe('rans(rtn(bits=5,group=32))');
  expect(formatCodec(withOption(draft('rtn(bits=3,group=32)'), 'bits', 11))).toBe('rtn(bits=3,group=32)');
});

test('linked codecs share the options that both have', () => {
  const linked = (after: string, other: string) => linkedCodec('rtn(bits=3,group=32)', after, other);
  expect(linked('rtn(bits=4,group=32)', 'gptq(bits=2,group=64)')).toBe('gptq(bits=4,group=64)');
  expect(linked('rtn(bits=3,group=64)', 'hadamard(rtn(bits=4,group=32))')).toBe(
    'hadamard(rtn(bits=4,group=64))',
  );
  expect(linked('rtn(bits=4,group=32)', 'nf4')).toBe('nf4(block=64)');
  expect(linked('gptq(bits=4,group=32)', 'rtn(bits=3,group=32)')).toBe('rtn(bits=3,group=32)');
});

test('a spelling that is wrong has a problem', () =>
  expect(draftOfCodec('rtn(bits=99)')).toMatchObject({
    problem: { message: 'rtn: bits=99 is out of range.' },
  }));
