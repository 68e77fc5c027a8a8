import { badPlan, choice, quote, type PlanParameter } from '../plan/parameters';
import type { LimitName, Limits, Tariff } from '../results/limits';
import { HARDWARE_PRICES, hardwarePrice, type HardwarePrice } from './prices';

/** What the best of several candidates is: the smallest, the cheapest or the fastest. */
const PREFERENCES = ['bytes', 'price', 'speed'] as const;
export type Preference = (typeof PREFERENCES)[number];

/** The parameters of a decision that its author gave, each checked on its own. */
export interface DecisionFields {
  'max-increase'?: number | 'off';
  'max-bytes'?: number;
  'max-memory'?: number;
  'max-p50'?: number;
  'max-p95'?: number;
  'max-p99'?: number;
  'min-prefill'?: number;
  'min-decode'?: number;
  'max-price'?: number;
  prefer?: Preference;
  hardware?: string;
  'price-per-hour'?: number;
  prices?: readonly HardwarePrice[];
  'per-second'?: number;
}

export type DecisionKey = keyof DecisionFields;

/** What to decide. */
export interface DecisionRequest {
  limits: Limits;
  prefer: Preference;
  tariff?: Tariff;
}

/** Per cent of perplexity, or points of accuracy, that a decision allows if nothing else is said. */
export const DEFAULT_INCREASE = 1;

/** Every parameter of a decision, the same in an address and on the command line, in the order of the help. */
export const DECISION_PARAMETERS: {
  readonly [K in DecisionKey]-?: PlanParameter<NonNullable<DecisionFields[K]>>;
} = {
  'max-increase': {
    ...amount('N|off', 'loss of quality: per cent of perplexity or points of accuracy'),
    fallback: String(DEFAULT_INCREASE),
    parse: (text, spelled) => (text === 'off' ? 'off' : nonNegative(text, spelled)),
    format: String,
  },
  'max-bytes': size('size of the file, e.g. 5MB or 4.5MiB'),
  'max-memory': size('GPU memory while a text is generated, or an image classified'),
  'max-p50': amount('MS', 'median latency in ms per token or image'),
  'max-p95': amount('MS', '95th percentile of the latency in ms per token or image'),
  'max-p99': amount('MS', '99th percentile of the latency in ms per token or image'),
  'min-prefill': amount('N', 'tokens per second of a prompt'),
  'min-decode': amount('N', 'tokens per second of a generated text, or images per second'),
  'max-price': amount('USD', 'US dollars for a million tokens or images'),
  prefer: choice(PREFERENCES, 'what is best among those within the limits'),
  hardware: {
    value: 'NAME',
    help: `hardware whose hour is paid: ${HARDWARE_PRICES.map(({ id }) => id).join(', ')}, or one of prices`,
    fallback: 'none',
    parse: (text, spelled) => {
      if (text.trim() === '') throw badPlan(`${spelled} is empty.`, 'Name hardware, or leave it out.');
      return text;
    },
    format: (name) => name,
  },
  'price-per-hour': amount('USD', 'US dollars for an hour of the device'),
  prices: {
    value: 'NAME=USD,…',
    help: 'prices of hardware per hour, which replace those of the table or add to them, e.g. T4=0.35,mine=1.2',
    fallback: 'the table',
    parse: parsePrices,
    format: (prices) => prices.map(({ id, pricePerHour }) => `${id}=${pricePerHour}`).join(','),
  },
  'per-second': {
    ...amount('N', 'tokens or images per second to reckon prices with'),
    fallback: 'what each record measured',
    parse: (text, spelled) => {
      const perSecond = nonNegative(text, spelled);
      if (perSecond === 0) throw badPlan(`${spelled} cannot be 0.`, 'Write a number above 0.');
      return perSecond;
    },
  },
};

export const DECISION_KEYS = Object.keys(DECISION_PARAMETERS) as readonly DecisionKey[];

function isDecisionKey(key: string): key is DecisionKey {
  return Object.hasOwn(DECISION_PARAMETERS, key);
}

const LIMIT_OF: Readonly<Partial<Record<DecisionKey, LimitName>>> = {
  'max-increase': 'increase',
  'max-bytes': 'bytes',
  'max-memory': 'memory',
  'max-p50': 'p50',
  'max-p95': 'p95',
  'max-p99': 'p99',
  'min-prefill': 'prefill',
  'min-decode': 'decode',
  'max-price': 'price',
};

/**
 * Reads the parameters of a decision.
 * @param spelled returns how the author spells a parameter, for errors
 * @throws LabError bad-plan for an unknown parameter, and a value that is negative, not a number or unknown
 */
export function readDecision(
  values: ReadonlyMap<string, string>,
  spelled: (key: string) => string,
): DecisionFields {
  const fields: Record<string, unknown> = {};
  for (const [key, text] of values) {
    if (!isDecisionKey(key))
      throw badPlan(
        `A decision has no parameter ${quote(key)}.`,
        `Known: ${DECISION_KEYS.map(spelled).join(', ')}.`,
      );
    fields[key] = DECISION_PARAMETERS[key].parse(text, spelled(key));
  }
  return fields;
}

/**
 * Checks the parameters against each other and fills in defaults.
 * @throws LabError bad-plan for parameters that contradict each other or lack a price
 */
export function decisionRequest(fields: DecisionFields): DecisionRequest {
  const { prefer = 'bytes' } = fields;
  const limits: Partial<Record<LimitName, number>> = {};
  for (const [key, limit] of Object.entries(LIMIT_OF)) {
    const value = fields[key as DecisionKey] ?? (key === 'max-increase' ? DEFAULT_INCREASE : undefined);
    if (typeof value === 'number') limits[limit] = value;
  }
  const tariff = tariffOf(fields);
  if (!tariff && (prefer === 'price' || limits.price !== undefined))
    throw badPlan(
      `${limits.price === undefined ? 'The cheapest' : 'A limit of the price'} cannot be decided without the price of an hour.`,
      'Name hardware, or give price-per-hour.',
    );
  return { limits, prefer, ...(tariff && { tariff }) };
}

/** Returns the table of prices with those that were given. */
export function priceTable({ prices = [] }: DecisionFields): HardwarePrice[] {
  const table = new Map(HARDWARE_PRICES.map((row) => [row.id.toLowerCase(), row]));
  for (const row of prices) table.set(row.id.toLowerCase(), row);
  return [...table.values()];
}

function tariffOf(fields: DecisionFields): Tariff | undefined {
  const { hardware, 'price-per-hour': pricePerHour, 'per-second': perSecond } = fields;
  if (hardware !== undefined && pricePerHour !== undefined)
    throw badPlan('hardware and price-per-hour both state the price of an hour.', 'Keep one of them.');
  const hourly =
    hardware === undefined ? pricePerHour : hardwarePrice(hardware, priceTable(fields)).pricePerHour;
  if (hourly !== undefined) return { pricePerHour: hourly, ...(perSecond !== undefined && { perSecond }) };
  if (perSecond === undefined) return undefined;
  throw badPlan(
    'per-second has no use without the price of an hour.',
    'Name hardware, or give price-per-hour.',
  );
}

function amount(value: string, help: string): PlanParameter<number> {
  return { value, help, fallback: 'none', parse: nonNegative, format: String };
}

/** Reads a decimal number that is not negative. @throws LabError bad-plan for anything else */
export function nonNegative(text: string, spelled: string): number {
  if (/^-\s*\d/.test(text))
    throw badPlan(`${spelled} cannot be negative (${quote(text)}).`, 'Write 0 or more.');
  if (!/^\d{1,15}(\.\d{1,12})?$/.test(text))
    throw badPlan(`${spelled} must be a number, not ${quote(text)}.`, 'Write a number such as 20 or 0.5.');
  return Number(text);
}

/** Units of sizes and their bytes. */
const BYTES: Readonly<Record<string, number>> = {
  '': 1,
  B: 1,
  kB: 1e3,
  KB: 1e3,
  MB: 1e6,
  GB: 1e9,
  KiB: 2 ** 10,
  MiB: 2 ** 20,
  GiB: 2 ** 30,
};

function size(help: string): PlanParameter<number> {
  return {
    value: 'SIZE',
    help,
    fallback: 'none',
    parse: (text, spelled) => {
      const [, number, unit] = /^(\d{1,15}(?:\.\d{1,6})?)\s?([A-Za-z]{0,3})$/.exec(text) ?? [];
      if (number === undefined || !Object.hasOwn(BYTES, unit))
        throw badPlan(`${spelled} cannot be ${quote(text)}.`, 'Write a size such as 5MB or 4.5MiB.');
      return Math.floor(Number(number) * BYTES[unit]);
    },
    format: (bytes) => `${bytes}B`,
  };
}

const MAX_PRICES = 64;

function parsePrices(text: string, spelled: string): readonly HardwarePrice[] {
  const rows = text.split(',').map((row): HardwarePrice => {
    const [, id, price] = /^\s*([^=,]{1,40}?)\s*=\s*(\S+)\s*$/.exec(row) ?? [];
    if (id === undefined)
      throw badPlan(
        `${spelled} has ${quote(row)}, which is not a name and a price.`,
        'Write T4=0.35,mine=1.2.',
      );
    return { id, pricePerHour: nonNegative(price, `The price of ${quote(id)} in ${spelled}`) };
  });
  const ids = rows.map(({ id }) => id.toLowerCase());
  const twice = rows.find(({ id }, i) => ids.indexOf(id.toLowerCase()) !== i);
  if (twice) throw badPlan(`${spelled} names ${quote(twice.id)} twice.`, 'Keep one price of it.');
  if (rows.length > MAX_PRICES)
    throw badPlan(`${spelled} has ${rows.length} prices.`, `At most ${MAX_PRICES} fit.`);
  return rows;
}
