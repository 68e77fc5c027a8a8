import { expect, test } from 'vitest';
import { Interrupted, RetryPolicy, retryAfterMs } from './retry';
import { TestClock } from './testing/clock';

// RFC 9110, section 5.6.7, has one instant in three HTTP date formats.
const NOW = Date.UTC(1994, 10, 6, 8, 49, 0);

test.each([
  ['120', 120_000],
  ['0', 0],
  ['Sun, 06 Nov 1994 08:49:37 GMT', 37_000],
  ['Sunday, 06-Nov-94 08:49:37 GMT', 37_000],
  ['Sun, 06 Nov 1994 08:48:00 GMT', 0],
  ['soon', undefined],
  ['-5', undefined],
  ['1e9', undefined],
  ['', undefined],
  [null, undefined],
])('Retry-After %j is %j ms', (header, ms) => {
  expect(retryAfterMs(header, NOW)).toBe(ms);
});

test('without progress the pauses double, and the sixth failure is final', async () => {
  const clock = new TestClock();
  const retries = new RetryPolicy('The file', clock);
  for (let i = 0; i < 5; i++) await retries.afterFailure(new Interrupted('an interruption'), false);
  await expect(retries.afterFailure(new Interrupted('an interruption'), false)).rejects.toMatchObject({
    code: 'network',
    message: 'The file could not be fetched: an interruption.',
    remedy: expect.stringContaining('next download resumes'),
  });
  expect(clock.sleeps).toEqual([1000, 2000, 4000, 8000, 16000]);
});

test('with progress it retries without limit', async () => {
  const clock = new TestClock();
  const retries = new RetryPolicy('The file', clock);
  for (let i = 0; i < 100; i++) await retries.afterFailure(new Interrupted('an interruption'), true);
  expect(clock.sleeps).toEqual(Array(100).fill(1000));
});

test('waits as long as the server requests, but not for hours', async () => {
  const clock = new TestClock();
  const sentences: string[] = [];
  const retries = new RetryPolicy('The file', clock, undefined, (why) => sentences.push(why));
  await retries.afterFailure(new Interrupted('the hub requests a pause (429)', 90_000), false);
  expect(clock.sleeps).toEqual([90_000]);
  expect(sentences).toEqual(['The hub requests a pause (429); the next attempt is in 90 s.']);
  await expect(
    retries.afterFailure(new Interrupted('the hub requests a pause (429)', 3_600_000), false),
  ).rejects.toMatchObject({ code: 'network', remedy: expect.stringContaining('60 minutes') });
});
