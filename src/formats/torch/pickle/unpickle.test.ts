import { describe, expect, it } from 'vitest';
import { FALSE, global, NONE, op, pickle, text } from '../testing/pickles';
import { refused } from '../testing/refused';

describe('an invalid pickle', () => {
  it.each<[string, Uint8Array, RegExp]>([
    ['is empty', new Uint8Array(), /ends before/],
    ['does not stop', pickle(NONE).slice(0, -1), /ends before/],
    ['holds no value', pickle(), /empty stack/],
    ['leaves values on the stack', pickle(NONE, NONE), /left over/],
    ['leaves a mark on the stack', pickle(op(0x28), NONE), /left over/],
    ['takes from below a mark', pickle(NONE, op(0x28), op(0x85)), /empty stack/],
    ['makes a tuple without a mark', pickle(op(0x74)), /did not set/],
    ['reads an unset memo', pickle(op(0x68, 9)), /memo 9/],
    ['claims a long string', pickle(op(0x58, 255, 255, 255, 255)), /needs 4294967295 bytes/],
    ['claims an endless string', pickle(op(0x8d, ...Array<number>(8).fill(255))), /ends before/],
    ['has a string that is not UTF-8', pickle(op(0x58, 1, 0, 0, 0, 0xff)), /not UTF-8/],
    ['does not end a line', pickle(op(0x63), Buffer.from('abc')), /line .* has no end/],
    ['has an unknown opcode', pickle(op(0x81)), /opcode "0x81" at byte 2/],
    ['has a key without a value', pickle(op(0x7d, 0x28), text('a'), op(0x75)), /without a value/],
    ['has a tensor as a key', pickle(op(0x7d), FALSE, FALSE, op(0x73)), /key that is neither/],
    ['adds items to a string', pickle(text('a'), text('b'), NONE, op(0x73)), /needs a dict/],
    ['appends to a dict', pickle(op(0x7d), NONE, op(0x61)), /needs a list/],
    ['sets attributes of a string', pickle(text('a'), NONE, op(0x62)), /needs a dict/],
    ['calls a string', pickle(text('a'), op(0x29), op(0x52)), /calls a string/],
    [
      'calls with a string as arguments',
      pickle(global('collections', 'OrderedDict'), text('a'), op(0x52)),
      /arguments/,
    ],
    ['names a global by None', pickle(NONE, NONE, op(0x93)), /needs a string/],
    ['has a string as persistent id', pickle(text('a'), op(0x51)), /not a storage/],
    [
      'makes a parameter of nothing',
      pickle(global('torch._utils', '_rebuild_parameter'), op(0x29, 0x52)),
      /not a tensor/,
    ],
  ])('that %s is refused', async (_, value, sentence) => {
    const error = await refused(value);
    expect(error).toMatchObject({ code: 'bad-file', message: expect.stringMatching(sentence) });
  });

  it('of another protocol is refused, and the error names the protocol', async () => {
    expect((await refused(Uint8Array.of(0x80, 6, 0x4e, 0x2e))).message).toContain('protocol 6');
  });
});
