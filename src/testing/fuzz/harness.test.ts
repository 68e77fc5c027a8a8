import { expect, test } from 'vitest';
import { LabError, type ErrorCode } from '../../base/errors';
import { KeyedRandom } from '../../base/random';
import type { Below } from '../mutations';
import { metered, installMeter } from './allocation';
import { breakBytes } from './breakBytes';
import { breakJson } from './breakJson';
import type { FuzzReader, Prepared } from './reader';
import { brokenFile, FuzzFailure, runReader } from './runner';

installMeter();

const seed = new Uint8Array(200).fill(1);

function readerOf(read: Prepared['read'], more: Partial<FuzzReader> = {}): FuzzReader {
  const prepared: Prepared = { seeds: [seed], read, broken: (below) => breakBytes(seed, below) };
  return {
    name: 'test',
    reads: 'nothing',
    cases: 0,
    memory: { factor: 1 },
    prepare: async () => prepared,
    ...more,
  };
}

const refusal = (code: ErrorCode, message: string, remedy = 'Do something.') =>
  new LabError(code, message, remedy);

async function failureOf(reader: FuzzReader, cases = 2000): Promise<FuzzFailure> {
  const failure: unknown = await runReader(reader, { cases, seed: 1 }).catch((error: unknown) => error);
  expect(failure).toBeInstanceOf(FuzzFailure);
  return failure as FuzzFailure;
}

test('finds a failing file, reproduces it by seed and number, and shrinks it', async () => {
  const reader = readerOf((bytes) => {
    if (bytes.includes(255)) (undefined as unknown as string).length.toFixed();
  });
  const { index, bytes, message } = await failureOf(reader);
  expect(message).toMatch(/^The reader test failed on case \d+ of seed 1: TypeError/);
  expect([...bytes]).toEqual([255]);
  const prepared = await reader.prepare();
  expect(brokenFile(reader, prepared, 1, index!)).toEqual(brokenFile(reader, prepared, 1, index!));
  expect(brokenFile(reader, prepared, 1, index!)).toContain(255);
  expect(brokenFile(reader, prepared, 2, index!)).not.toEqual(brokenFile(reader, prepared, 1, index!));
});

test.each<[string, LabError, RegExp]>([
  ['a message that is too short', refusal('bad-file', 'too short'), /not a sentence/],
  ['two lines', refusal('bad-file', 'A line and\nanother line.'), /not a sentence/],
  ['no full stop', refusal('bad-file', 'A sentence without its end'), /not a sentence/],
  ['a message that is too long', refusal('bad-file', `${'word '.repeat(500)}.`), /not a sentence/],
  ['no remedy', refusal('bad-file', 'A sentence that ends.', ''), /no remedy/],
  ['the code of a defect', refusal('internal', 'A sentence that ends.'), /the code internal/],
])('reports a refusal with %s', async (_, error, message) => {
  const reader = readerOf((bytes) => {
    if (bytes.length !== seed.length) throw error;
  });
  expect((await failureOf(reader)).message).toMatch(message);
});

test('stops a huge allocation before it is made, even if the reader catches all errors', async () => {
  const reader = readerOf((bytes) => {
    try {
      if (bytes.length > 0 && bytes[0] !== 1) new Float64Array(2 ** 40 + bytes[0]);
    } catch {
      throw refusal('bad-file', 'A sentence that hides it.');
    }
  });
  expect((await failureOf(reader)).message).toMatch(/AllocationError: arrays of 879609\d+ bytes in total/);
});

test('reports a heap that grows beyond its bound', async () => {
  const kept: string[][] = [];
  const reader = readerOf((bytes) => {
    if (bytes.length < 100) kept.push(Array.from({ length: 1 << 22 }, () => 'x'));
  });
  expect((await failureOf(reader)).message).toMatch(/the heap grew by \d+ bytes/);
});

test('reports a reader that refuses its own valid files', async () => {
  const reader = readerOf(() => {
    throw refusal('bad-file', 'A sentence that ends.');
  });
  await expect(runReader(reader, { cases: 1, seed: 1 })).rejects.toThrow('refuses a valid file of 200 bytes');
});

test('counts the bytes of new arrays and copies, but not of views', async () => {
  const source = new Uint8Array(100);
  const bytes = async (work: () => void) => (await metered(Infinity, work)).arrays;
  expect(await bytes(() => new Float32Array(10))).toBe(40);
  expect(await bytes(() => new Uint8Array(source.buffer, 0, 50))).toBe(0);
  expect(await bytes(() => source.subarray(10))).toBe(0);
  expect(await bytes(() => source.slice(10))).toBe(90);
  expect(await bytes(() => Float64Array.from(source))).toBe(800);
  expect(await bytes(() => source.map((n) => n))).toBe(100);
  expect(await bytes(() => new Uint16Array([1, 2, 3]))).toBe(6);
  expect(await bytes(() => new ArrayBuffer(7))).toBe(7);
});

test('broken JSON is different, mostly still JSON, and determined by the random numbers', () => {
  const text = new TextEncoder().encode('{"a":[1,{"b":"x"},null],"c":true,"__proto__":{"d":2}}');
  const below = (index: number): Below => {
    const random = new KeyedRandom(index, 1);
    return (n) => Math.floor(random.nextUniform() * n);
  };
  const cases = Array.from({ length: 500 }, (_, i) => new TextDecoder().decode(breakJson(text, below(i))));
  expect(cases.map((_, i) => new TextDecoder().decode(breakJson(text, below(i))))).toEqual(cases);
  const parses = cases.filter((each) => {
    try {
      return JSON.parse(each) !== undefined;
    } catch {
      return false;
    }
  });
  expect(parses.length).toBeGreaterThan(400);
  expect(new Set(cases).size).toBeGreaterThan(400);
});
