import { describe, expect, it } from 'vitest';
import {
  bytes,
  count,
  decimalsFor,
  duration,
  fileStamp,
  approximateDuration,
  signed,
  significant,
  withError,
  withInterval,
} from './format';

describe('the number of decimals follows from the error', () => {
  it.each([
    [0.041, 3],
    [0.41, 2],
    [4.1, 1],
    [41, 0],
    [4100, 0],
    [0.00012, 5],
    [0, 3],
    [Number.NaN, 3],
  ])('an error of %s shows %s decimals', (error, decimals) => expect(decimalsFor(error)).toBe(decimals));

  it('prints a value and its standard error with the same decimals', () => {
    expect(withError(14.53219, 0.04127)).toBe('14.532 ± 0.041');
    expect(withError(1234.5, 98)).toBe('1,235 ± 98');
  });

  it('prints an interval with the digits of its half width', () => {
    expect(withInterval(0.8213, [0.6102, 1.0324])).toEqual({ value: '+0.82', interval: '[+0.61, +1.03]' });
    expect(withInterval(-0.0004, [-0.02, 0.0192])).toEqual({ value: '0.000', interval: '[−0.020, +0.019]' });
  });
});

describe('formatted numbers', () => {
  it('never prints a signed zero', () => {
    expect(signed(-0.0001, 2)).toBe('0.00');
    expect(signed(0, 1)).toBe('0.0');
  });
  it('keeps three significant digits', () => {
    expect(significant(0.012345)).toBe('0.0123');
    expect(significant(12345)).toBe('12,345');
    expect(significant(3.1e-6)).toBe('3.1e−6');
    expect(significant(0)).toBe('0');
  });
  it('scales bytes and counts', () => {
    expect(bytes(999)).toBe('999 bytes');
    expect(bytes(163_840)).toBe('164 kB');
    expect(bytes(15_002_608)).toBe('15.0 MB');
    expect(count(260_032)).toBe('260 K');
    expect(count(3_750_000)).toBe('3.75 M');
  });
  it('formats durations', () => {
    expect(duration(300)).toBe('< 1 s');
    expect(duration(185_000)).toBe('3 min 05 s');
    expect(duration(3_720_000)).toBe('1 h 02 min');
    expect(approximateDuration(42_000)).toBe('about 40 s');
    expect(approximateDuration(170_000)).toBe('about 3 min');
    expect(approximateDuration(400)).toBe('about 1 s');
  });
  it('formats dates for file names', () =>
    expect(fileStamp(new Date(2026, 1, 3, 14, 5))).toBe('2026-02-03-1405'));
});
