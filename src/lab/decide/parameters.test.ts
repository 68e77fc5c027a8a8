import { expect, test } from 'vitest';
import {
  DECISION_PARAMETERS,
  decisionRequest,
  priceTable,
  readDecision,
  type DecisionFields,
} from './parameters';

const read = (values: Record<string, string>): DecisionFields =>
  readDecision(new Map(Object.entries(values)), (key) => `--${key}`);
const request = (values: Record<string, string>) => decisionRequest(read(values));

test('limits, preference and price from texts', () => {
  const values = {
    'max-increase': '0.5',
    'max-bytes': '5MB',
    'max-memory': '1.5GiB',
    'max-p99': '100',
    'min-decode': '20',
    'max-price': '3',
    prefer: 'speed',
    hardware: 't4',
    'per-second': '50',
  };
  expect(request(values)).toEqual({
    limits: { increase: 0.5, bytes: 5e6, memory: 1.5 * 2 ** 30, p99: 100, decode: 20, price: 3 },
    prefer: 'speed',
    tariff: { pricePerHour: 0.5, perSecond: 50 },
  });
});

test('without parameters the smallest within 1 %', () => {
  expect(request({})).toEqual({ limits: { increase: 1 }, prefer: 'bytes' });
  expect(request({ 'max-increase': 'off' }).limits).toEqual({});
});

test('prices replace those of the table or add to them', () => {
  const fields = read({ prices: 'T4=0.35, mine=1.2', hardware: 'mine' });
  expect(decisionRequest(fields).tariff).toEqual({ pricePerHour: 1.2 });
  expect(DECISION_PARAMETERS.prices.format(fields.prices!)).toBe('T4=0.35,mine=1.2');
  const table = new Map(priceTable(fields).map(({ id, pricePerHour }) => [id, pricePerHour]));
  expect([table.get('T4'), table.get('L4'), table.get('mine')]).toEqual([0.35, 0.8, 1.2]);
});

test.each([
  [{ 'max-increase': '-1' }, /--max-increase cannot be negative/],
  [{ 'max-increase': 'NaN' }, /--max-increase must be a number, not "NaN"/],
  [{ 'max-increase': 'Infinity' }, /must be a number/],
  [{ 'max-p99': '1e3' }, /must be a number/],
  [{ 'price-per-hour': '-0.5' }, /--price-per-hour cannot be negative/],
  [{ 'max-bytes': '5 furlongs' }, /--max-bytes cannot be/],
  [{ 'max-bytes': '-5MB' }, /--max-bytes cannot be/],
  [{ 'max-bytes': '5XB' }, /--max-bytes cannot be/],
  [{ 'max-speed': '1' }, /no parameter "max-speed"/],
  [{ prefer: 'beauty' }, /--prefer cannot be "beauty"/],
  [{ hardware: 'TPU' }, /no price for the hardware "TPU"/],
  [{ hardware: ' ' }, /--hardware is empty/],
  [{ prices: 'T4' }, /not a name and a price/],
  [{ prices: 'T4=-1' }, /price of "T4" in --prices cannot be negative/],
  [{ prices: 'T4=1,t4=2' }, /names "t4" twice/],
  [{ hardware: 'T4', 'price-per-hour': '1' }, /both state the price/],
  [{ 'max-price': '1' }, /limit of the price cannot be decided/],
  [{ prefer: 'price' }, /cheapest cannot be decided/],
  [{ hardware: 'T4', 'per-second': '0' }, /--per-second cannot be 0/],
  [{ 'per-second': '50' }, /no use without the price/],
])('refuses %j', (values, message) => {
  expect(() => request(values as Record<string, string>)).toThrow(message);
});
