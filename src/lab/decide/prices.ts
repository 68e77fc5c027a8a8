import { LabError } from '../../base/errors';

/** Hardware that is paid by the hour. */
export interface HardwarePrice {
  id: string;
  /** US dollars. */
  pricePerHour: number;
}

/**
 * Prices of the hour as Sparse has them (https://github.com/gagansuie/sparse, optimizer/cost.py, December 2025). They are
 * a start: whoever decides by price enters what they pay.
 */
export const HARDWARE_PRICES: readonly HardwarePrice[] = [
  { id: 'T4', pricePerHour: 0.5 },
  { id: 'L4', pricePerHour: 0.8 },
  { id: 'A10G', pricePerHour: 1 },
  { id: 'A100-40', pricePerHour: 3.5 },
  { id: 'A100-80', pricePerHour: 5 },
  { id: 'H100', pricePerHour: 8 },
  { id: 'cuda', pricePerHour: 1 },
  { id: 'cpu', pricePerHour: 0.1 },
];

/**
 * Returns the price of a million tokens or images in US dollars: hourly price ÷ (rate · 3600) · 10⁶.
 * @param perSecond tokens or images per second
 * @throws LabError bad-plan for a price that is negative, or a rate that is not positive, or either not finite
 */
export function pricePerMillion(pricePerHour: number, perSecond: number): number {
  if (!Number.isFinite(pricePerHour) || pricePerHour < 0)
    throw new LabError(
      'bad-plan',
      `The price of an hour cannot be ${pricePerHour}.`,
      'Give a number of US dollars, 0 or more.',
    );
  if (!Number.isFinite(perSecond) || perSecond <= 0)
    throw new LabError(
      'bad-plan',
      `The throughput cannot be ${perSecond} a second.`,
      'Give a number of tokens or images a second above 0.',
    );
  return (pricePerHour / (perSecond * 3600)) * 1e6;
}

/**
 * Finds hardware by its name, whatever its case.
 * @throws LabError bad-plan for hardware that is not in the table
 */
export function hardwarePrice(
  name: string,
  table: readonly HardwarePrice[] = HARDWARE_PRICES,
): HardwarePrice {
  const found = table.find(({ id }) => id.toLowerCase() === name.trim().toLowerCase());
  if (found) return found;
  throw new LabError(
    'bad-plan',
    `There is no price for the hardware "${name.slice(0, 60)}".`,
    `Name one of ${table.map(({ id }) => id).join(', ')}, or give the price of an hour.`,
  );
}
