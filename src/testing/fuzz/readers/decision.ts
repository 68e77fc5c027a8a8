import { DECISION_KEYS, decisionRequest, readDecision } from '../../../lab/decide/parameters';
import { parseValues } from '../../../page/store/values';
import { breakText } from '../breakText';
import type { FuzzReader } from '../reader';

const TEXTS = [
  'max-increase=0.5;max-bytes=5MB;max-p99=100;min-decode=20;prefer=speed',
  'max-increase=off;max-price=2.78;hardware=mine;prices=T4=0.35,mine=1.2;per-second=50;prefer=price',
  'max-memory=1.5GiB;price-per-hour=0.5;max-p50=1;max-p95=2;min-prefill=3',
];
const PIECES = [
  ...DECISION_KEYS.map((key) => `;${key}=`),
  ...['-1', '1e9', 'NaN', 'Infinity', '0', '5MB', 'XB', '=', ';', ',', 'off', 'T4', '__proto__'],
];

const encode = (text: string) => new TextEncoder().encode(text);

/** The reader of decisions. */
const decision: FuzzReader = {
  name: 'decision',
  reads: 'decisions in an address',
  cases: 2000,
  memory: { factor: 4 },
  refusals: ['bad-plan'],
  prepare: async () => ({
    seeds: TEXTS.map(encode),
    broken: (below) => encode(breakText(TEXTS[below(TEXTS.length)], PIECES, below)),
    read(bytes) {
      const values = parseValues(new TextDecoder().decode(bytes));
      const { limits, tariff } = decisionRequest(readDecision(new Map(Object.entries(values)), (key) => key));
      const numbers: number[] = [...Object.values(limits), tariff?.pricePerHour ?? 0, tariff?.perSecond ?? 0];
      if (!numbers.every((value) => Number.isFinite(value) && value >= 0))
        throw new Error('a limit or a price is not a number of 0 or more');
    },
  }),
};
export default decision;
