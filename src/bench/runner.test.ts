import { expect, test, vi } from 'vitest';
import { Cancelled } from '../base/errors';
import { DEFAULT_RUNNER, runCase, rotatedOrder } from './runner';
import { clockTick } from './sampler';
import type { BenchCase, Candidate, RunnerOptions } from './types';

/** A clock that advances only when a fake candidate works. */
class FakeClock {
  ms = 0;
  readonly now = () => (this.ms += 1e-4);
}

interface Fake {
  clock: FakeClock;
  secondsPerOperation: number;
  ok?: boolean;
  timer?: Candidate['timer'];
  log?: string[];
  operationsPerRepeat?: number;
  /** Overrides the seconds of the nth timed call. */
  spoil?: (call: number) => number | undefined;
}

const SYNC_SECONDS = 0.004;

function fake(name: string, f: Fake): Candidate {
  let calls = 0;
  const operationsPerRepeat = f.operationsPerRepeat ?? 1;
  return {
    name,
    timer: f.timer ?? 'wall-clock',
    operationsPerRepeat,
    verify: async () => ({ ok: f.ok ?? true, maxError: f.ok === false ? 0.25 : 1e-7, note: 'by decree' }),
    elapsed: async (repeats) => {
      const sync = f.timer === 'timestamp' ? 0 : SYNC_SECONDS;
      const seconds = sync + repeats * operationsPerRepeat * f.secondsPerOperation;
      f.clock.ms += 1000 * seconds;
      if (repeats > 0) f.log?.push(name);
      return (repeats > 0 ? f.spoil?.(calls++) : undefined) ?? seconds;
    },
    dispose: () => void f.log?.push(`${name} disposed`),
  };
}

function options(clock: FakeClock, more: Partial<RunnerOptions> = {}): RunnerOptions {
  return { ...DEFAULT_RUNNER, softwareAdapter: false, now: clock.now, ...more };
}

function benchCase(ours: Candidate, peer?: Candidate): BenchCase {
  const sides = { ours: async () => ours, ...(peer && { peer: async () => peer }) };
  return { name: 'case', shape: '1', unit: 'GFLOP/s', work: 2e6, ...sides };
}

test('rates exclude synchronisation and count operations, not repeats', async () => {
  const clock = new FakeClock();
  const ours = fake('ours', { clock, secondsPerOperation: 0.001 });
  const peer = fake('peer', { clock, secondsPerOperation: 0.002, operationsPerRepeat: 8 });
  const result = await runCase(benchCase(ours, peer), options(clock));
  expect(result.ours.measurement!.median).toBeCloseTo(2, 6);
  expect(result.peer!.measurement!.median).toBeCloseTo(1, 6);
  expect(result.ratio!.median).toBeCloseTo(2, 6);
  expect(result.ours.measurement!.repeats).toBeGreaterThan(20);
  expect(result.flags).toEqual([]);
});

test('a kernel that does not verify is listed with its error and never timed', async () => {
  const clock = new FakeClock();
  const log: string[] = [];
  const ours = fake('ours', { clock, secondsPerOperation: 0.001, ok: false, log });
  const peer = fake('peer', { clock, secondsPerOperation: 0.001, log });
  const result = await runCase(benchCase(ours, peer), options(clock));
  expect(result.ours).toEqual({
    name: 'ours',
    verdict: { ok: false, maxError: 0.25, note: 'by decree' },
    measurement: null,
  });
  expect(result.ratio).toBeNull();
  expect(log.filter((entry) => entry === 'ours')).toEqual([]);
  expect(result.peer!.measurement).not.toBeNull();
  expect(log.slice(-2)).toEqual(['ours disposed', 'peer disposed']);
});

test('candidates alternate, and the first one changes each round', async () => {
  const clock = new FakeClock();
  const log: string[] = [];
  const sides = ['a', 'b'].map((name) => fake(name, { clock, secondsPerOperation: 0.05, log }));
  await runCase(benchCase(sides[0], sides[1]), options(clock));
  const warmUp = log.lastIndexOf('b', log.indexOf('b') + 1);
  expect(log.slice(warmUp + 1, warmUp + 7).join('')).toBe('abbaab');
  expect(rotatedOrder(3, 4)).toEqual([1, 2, 0]);
});

test('invalid timestamps are dropped and flagged', async () => {
  const clock = new FakeClock();
  const spoil = (call: number) => (call > 3 && call % 3 === 0 ? -1 : undefined);
  const ours = fake('ours', { clock, secondsPerOperation: 0.01, timer: 'timestamp', spoil });
  const result = await runCase(benchCase(ours), options(clock, { targetHalfWidth: 0 }));
  expect(result.flags).toContain('samples-dropped');
  expect(result.ours.measurement!.ci95.every((rate) => Math.abs(rate - 0.2) < 1e-9)).toBe(true);
});

test('sampling ends at the time limit, and a wide interval is flagged', async () => {
  const clock = new FakeClock();
  const spoil = (call: number) => 0.01 * (1 + (call % 7));
  const ours = fake('ours', { clock, secondsPerOperation: 0.01, timer: 'timestamp', spoil });
  const result = await runCase(benchCase(ours), options(clock, { secondsPerCase: 1 }));
  expect(result.flags).toContain('wide-interval');
  expect(clock.ms).toBeLessThan(3000);
});

test('a software adapter and too few samples are flagged', async () => {
  const clock = new FakeClock();
  const ours = fake('ours', { clock, secondsPerOperation: 1 });
  const result = await runCase(benchCase(ours), options(clock, { secondsPerCase: 2, softwareAdapter: true }));
  expect(result.flags).toEqual(['few-samples', 'software-adapter']);
});

test('a sample of few clock ticks is flagged', async () => {
  const clock = new FakeClock();
  const coarse = () => Math.floor(clock.now() / 100) * 100;
  const ours = fake('ours', { clock, secondsPerOperation: 0.05 });
  const result = await runCase(benchCase(ours), options(clock, { now: coarse }));
  expect(result.flags).toContain('timer-coarse');
  expect(clockTick(coarse)).toBe(100);
});

test('a peer that cannot be opened leaves a note', async () => {
  const clock = new FakeClock();
  const ours = benchCase(fake('ours', { clock, secondsPerOperation: 0.01 }));
  const result = await runCase(
    { ...ours, peer: () => Promise.reject(new TypeError('no such operator\nat …')) },
    options(clock),
  );
  expect(result.peer).toBeNull();
  expect(result.peerNote).toBe('peer not available: no such operator');
  expect(result.ours.measurement).not.toBeNull();
});

test('an abort throws Cancelled and frees both sides', async () => {
  const clock = new FakeClock();
  const log: string[] = [];
  const controller = new AbortController();
  const ours = fake('ours', { clock, secondsPerOperation: 0.01, log });
  const peer = fake('peer', { clock, secondsPerOperation: 0.01, log });
  controller.abort();
  await expect(runCase(benchCase(ours, peer), options(clock), controller.signal)).rejects.toBeInstanceOf(
    Cancelled,
  );
  await Promise.resolve();
  expect(log.sort()).toEqual(['ours disposed', 'peer disposed']);
});

test('a peer that opens after an abort is freed', async () => {
  const clock = new FakeClock();
  const log: string[] = [];
  const controller = new AbortController();
  let open: (peer: Candidate) => void;
  const opening = new Promise<Candidate>((resolve) => (open = resolve));
  const ours = benchCase(fake('ours', { clock, secondsPerOperation: 0.01, log }));
  const run = runCase({ ...ours, peer: () => opening }, options(clock), controller.signal);
  setTimeout(() => controller.abort());
  await expect(run).rejects.toBeInstanceOf(Cancelled);
  open!(fake('peer', { clock, secondsPerOperation: 0.01, log }));
  await vi.waitFor(() => expect(log).toEqual(['ours disposed', 'peer disposed']));
});
