import { LabError } from '../../base/errors';
import { linkedCodec } from '../plan/codecText';
import type { Values } from '../store/values';

export type PairSide = 'left' | 'right';

/** Two codecs to compare. */
export interface Pair extends Readonly<Record<PairSide, string>> {
  /** Whether a changed option changes that of the other codec, too. */
  isLinked: boolean;
}

/** Plain rounding and GPTQ at the same size: the same grid, with and without calibration. */
const DEFAULTS: Values = {
  left: 'rtn(bits=3,group=32)',
  right: 'gptq(bits=3,group=32,scheme=symmetric)',
  link: 'on',
};
const LINKS = ['on', 'off'];

/** Reads a pair from the address. @throws LabError bad-plan for an unknown parameter or value; codecs are checked by their form */
export function pairOf(values: Values): Pair {
  const unknown = Object.keys(values).find((key) => !(key in DEFAULTS));
  if (unknown !== undefined)
    throw new LabError(
      'bad-plan',
      `A comparison has no parameter "${unknown.slice(0, 40)}".`,
      `Known: ${Object.keys(DEFAULTS).join(', ')}.`,
    );
  const { left, right, link } = { ...DEFAULTS, ...values };
  if (!LINKS.includes(link))
    throw new LabError(
      'bad-plan',
      `"${link.slice(0, 40)}" does not say whether codecs are linked.`,
      'Write link=on or link=off.',
    );
  return { left, right, isLinked: link === 'on' };
}

/** The values of an address, of which those that are undefined are left out. */
type Change = Readonly<Record<string, string | undefined>>;

/** Returns the values of a pair for the address. */
export function pairValues({ left, right, isLinked }: Pair): Change {
  const values: Values = { left, right, link: isLinked ? 'on' : 'off' };
  return Object.fromEntries(
    Object.entries(values).map(([key, value]) => [key, value === DEFAULTS[key] ? undefined : value]),
  );
}

/** Returns a pair in which one codec was changed, and the other one with it if they are linked. */
export function withCodec(pair: Pair, side: PairSide, codec: string): Pair {
  const other: PairSide = side === 'left' ? 'right' : 'left';
  const linked = pair.isLinked ? linkedCodec(pair[side], codec, pair[other]) : pair[other];
  return { ...pair, [side]: codec, [other]: linked };
}
