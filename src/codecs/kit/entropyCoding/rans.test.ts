import fc from 'fast-check';
import { expect, test } from 'vitest';
import { decodeStream, encodeStream, FREQUENCY_TOTAL, normalise, symbolTable } from './rans';

const table = (counts: number[]) => {
  const own = symbolTable(normalise(counts));
  return () => own;
};

test('codes the published message to the published words', () => {
  const message = Uint8Array.of(0, 1, 0, 2, 0, 0, 1, 3);
  const tableOf = table([4, 2, 1, 1]);
  const words = encodeStream(message, 0, 8, tableOf);
  expect([...words]).toEqual([45056, 16497]);
  const decoded = new Uint8Array(8);
  expect(decodeStream(words, decoded, 0, 8, tableOf)).toBe(true);
  expect(decoded).toEqual(message);
});

test('normalises by rounding down, adding a deficit to the first largest and taking an excess off the largest', () => {
  expect([...normalise([4, 2, 1, 1])]).toEqual([2048, 1024, 512, 512]);
  // ⌊4096/3⌋ = 1365 three times leaves 1 for the first.
  expect([...normalise([1, 1, 1])]).toEqual([1366, 1365, 1365]);
  // Two rare symbols are lifted to 1 each: ⌊10⁶·4096/(10⁶+2)⌋ = 4095 is 1 too much.
  expect([...normalise([1e6, 1, 1])]).toEqual([4094, 1, 1]);
  expect([...normalise([0, 7])]).toEqual([0, FREQUENCY_TOTAL]);
});

test('an alphabet of one symbol takes only the words of the state', () => {
  const message = new Uint8Array(1000).fill(5);
  const words = encodeStream(message, 0, 1000, table([0, 0, 0, 0, 0, 1]));
  expect([...words]).toEqual([0, 1]);
});

const messages = fc
  .tuple(
    fc.integer({ min: 1, max: 256 }),
    fc.integer({ min: 0, max: 400 }),
    fc.double({ min: 0.2, max: 6, noNaN: true }),
  )
  .chain(([alphabet, length, skew]) =>
    fc.array(
      fc.double({ min: 0, max: 0.999, noNaN: true }).map((u) => Math.floor(alphabet * u ** skew)),
      { minLength: length, maxLength: length },
    ),
  );

test('any message round-trips, at about its entropy', () => {
  fc.assert(
    fc.property(messages, (symbols) => {
      const counts = new Array<number>(256).fill(0);
      for (const symbol of symbols) counts[symbol]++;
      if (symbols.length === 0) counts[0] = 1;
      const tableOf = table(counts);
      const words = encodeStream(Uint8Array.from(symbols), 0, symbols.length, tableOf);
      const decoded = new Uint8Array(symbols.length);
      expect(decodeStream(words, decoded, 0, symbols.length, tableOf)).toBe(true);
      expect([...decoded]).toEqual(symbols);
      const { frequencies } = tableOf();
      const ideal = symbols.reduce(
        (sum, symbol) => sum - Math.log2(frequencies[symbol] / FREQUENCY_TOTAL),
        0,
      );
      expect(16 * words.length).toBeLessThanOrEqual(1.002 * ideal + 32);
    }),
  );
});

test('damaged words are refused or decoded, without reading past their end', () => {
  fc.assert(
    fc.property(
      fc.array(fc.integer({ min: 0, max: 65535 }), { maxLength: 30 }),
      fc.integer({ min: 0, max: 100 }),
      (words, count) => {
        const decoded = new Uint8Array(count);
        decodeStream(Uint16Array.from(words), decoded, 0, count, table([5, 3, 1, 1]));
        expect(decoded.every((symbol) => symbol < 4)).toBe(true);
      },
    ),
  );
});
