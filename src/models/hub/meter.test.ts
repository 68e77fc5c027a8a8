import { expect, test } from 'vitest';
import { Meter } from './meter';
import { TestClock } from './testing/clock';
import type { DownloadProgress } from './types';

function meter(total: number) {
  const clock = new TestClock();
  const reports: DownloadProgress[] = [];
  return { clock, reports, meter: new Meter(total, clock, (report) => reports.push(report)) };
}

test('reports the rate over the last five seconds and the remaining time', () => {
  const { clock, reports, meter: it } = meter(100_000);
  it.begin('a', 10_000);
  for (let i = 1; i <= 10; i++) {
    clock.time += 1000;
    // 1,000 bytes a second, then 5,000.
    it.arrived(i <= 5 ? 1000 : 5000, 10_000 + (i <= 5 ? i * 1000 : 5000 + (i - 5) * 5000));
  }
  expect(reports[5]).toEqual({
    file: 'a',
    loaded: 15_000,
    total: 100_000,
    bytesPerSecond: 1000,
    secondsLeft: 85,
  });
  expect(reports[10]).toMatchObject({ loaded: 40_000, bytesPerSecond: 5000, secondsLeft: 12 });
});

test('reports at most ten times a second', () => {
  const { clock, reports, meter: it } = meter(1000);
  it.begin('a', 0);
  for (let i = 1; i <= 1000; i++) {
    clock.time += 1;
    it.arrived(1, i);
  }
  expect(reports).toHaveLength(11);
});

test('reports the last bytes before a stall, then the falling rate, and nothing after the end', () => {
  const { clock, reports, meter: it } = meter(10_000);
  it.begin('a', 0);
  clock.time += 1000;
  it.arrived(1000, 1000);
  clock.time += 1;
  it.arrived(1000, 2000);
  expect(reports.at(-1)).toMatchObject({ loaded: 1000, bytesPerSecond: 1000 });
  clock.time += 99;
  clock.fireTimers();
  expect(reports.at(-1)).toMatchObject({ loaded: 2000 });
  for (let i = 0; i < 6; i++) {
    clock.time += 1000;
    clock.fireTimers();
  }
  expect(reports.at(-1)).toMatchObject({ loaded: 2000, bytesPerSecond: 0, secondsLeft: undefined });
  const reported = reports.length;
  it.end();
  clock.fireTimers();
  expect(reports).toHaveLength(reported);
});

test('has no rate during a pause and restarts it afterwards', () => {
  const { clock, reports, meter: it } = meter(10_000);
  it.begin('a', 0);
  clock.time += 1000;
  it.arrived(1000, 1000);
  it.wait('The connection was cut.');
  clock.time += 60_000;
  it.arrived(1000, 2000);
  clock.time += 1000;
  it.arrived(2000, 4000);
  expect(reports[2]).toEqual({
    file: 'a',
    loaded: 1000,
    total: 10_000,
    bytesPerSecond: 0,
    waiting: 'The connection was cut.',
  });
  expect(reports.at(-1)).toMatchObject({ bytesPerSecond: 2000, secondsLeft: 3 });
});
