import { expect, test } from 'vitest';
import { HARDWARE_PRICES, hardwarePrice, pricePerMillion } from './prices';

test('a million tokens at 50 a second on a T4 cost $2.78', () => {
  expect(pricePerMillion(hardwarePrice('t4').pricePerHour, 50).toFixed(2)).toBe('2.78');
});

test('the published prices of the hour', () => {
  expect(Object.fromEntries(HARDWARE_PRICES.map(({ id, pricePerHour }) => [id, pricePerHour]))).toEqual({
    T4: 0.5,
    L4: 0.8,
    A10G: 1,
    'A100-40': 3.5,
    'A100-80': 5,
    H100: 8,
    cuda: 1,
    cpu: 0.1,
  });
});

test.each([
  [-1, 50, /price of an hour cannot be -1/],
  [NaN, 50, /price of an hour cannot be NaN/],
  [1, 0, /throughput cannot be 0/],
  [1, NaN, /throughput cannot be NaN/],
])('$%f an hour at %f a second is refused', (price, rate, message) => {
  expect(() => pricePerMillion(price, rate)).toThrow(message);
});

test('unknown hardware is refused, with the names of the table', () => {
  expect(() => hardwarePrice('TPU')).toThrow(
    expect.objectContaining({ remedy: expect.stringContaining('T4, L4') }),
  );
});
