import { shown } from '../../../../base/shown';
import { refusal } from '../refusal';
import type { Pattern } from './syntax';

/** Maximum number of ways through the parts of a pattern with few repetitions; real tokenizers have below 100. */
const MAX_WAYS = 4096;
/** Maximum number of long repetitions in one alternative that can match the same characters. */
const MAX_REPETITIONS = 3;
/** A part repeated more often than this counts as a long repetition. */
const FEW = 8;

/**
 * Refuses patterns whose matching can take exponential time.
 *
 * - A repeated part must not match one text in several ways: inside it every count is fixed and alternatives begin with
 * different characters. This leaves one way through each repetition, for each number of repetitions.
 * - An alternative has few long repetitions of the same characters, since each of them multiplies the time by the length of
 * the text.
 * - The remaining parts, optional ones and alternatives, have few ways through them.
 * @throws LabError unsupported
 */
export function checkTime(pattern: Pattern, source: string): void {
  checkRepeats(pattern, source);
  const options = pattern.kind === 'alternatives' ? pattern.options : [pattern];
  for (const option of options) {
    const sets = [...partsOf(option)].filter(isLong).map((part) => firstSet(part.item));
    const same = (set: string | undefined) =>
      sets.filter((other) => !set || !other || overlap(set, other)).length;
    if (
      waysOf(option) > MAX_WAYS ||
      (sets.length > MAX_REPETITIONS && sets.some((set) => same(set) > MAX_REPETITIONS))
    )
      throw refusal(`its pattern ${shown(source)} can match in too many ways, which takes too long`);
  }
}

type Repeat = Extract<Pattern, { kind: 'repeat' }>;

function isLong(part: Pattern): part is Repeat {
  return part.kind === 'repeat' && part.max > FEW && part.max !== part.min;
}

/** Returns an upper bound of the ways through a pattern, one for each long repetition. */
function waysOf(pattern: Pattern): number {
  if (pattern.kind === 'set' || pattern.kind === 'place') return 1;
  if (pattern.kind === 'sequence') return pattern.items.reduce((product, item) => product * waysOf(item), 1);
  if (pattern.kind === 'alternatives')
    return pattern.options.reduce((sum, option) => sum + waysOf(option), 0);
  if (pattern.kind !== 'repeat') return waysOf(pattern.item);
  if (pattern.max > FEW) return 1;
  let ways = 0;
  for (let count = pattern.min; count <= pattern.max; count++) ways += waysOf(pattern.item) ** count;
  return ways;
}

function checkRepeats(pattern: Pattern, source: string): void {
  for (const item of partsOf(pattern)) {
    if (item.kind !== 'repeat' || item.max <= 1) continue;
    if (canBeEmpty(item.item)) throw refusal(`its pattern ${shown(source)} repeats a part that can be empty`);
    if (!isUnambiguous(item.item))
      throw refusal(
        `its pattern ${shown(source)} repeats a part that can match in several ways, which takes exponential time`,
      );
  }
}

function* partsOf(pattern: Pattern): Generator<Pattern> {
  yield pattern;
  for (const inner of innerOf(pattern)) yield* partsOf(inner);
}

function innerOf(pattern: Pattern): readonly Pattern[] {
  if (pattern.kind === 'sequence') return pattern.items;
  if (pattern.kind === 'alternatives') return pattern.options;
  return pattern.kind === 'set' || pattern.kind === 'place' ? [] : [pattern.item];
}

function canBeEmpty(pattern: Pattern): boolean {
  if (pattern.kind === 'set') return false;
  if (pattern.kind === 'sequence') return pattern.items.every(canBeEmpty);
  if (pattern.kind === 'alternatives') return pattern.options.some(canBeEmpty);
  if (pattern.kind === 'repeat') return pattern.min === 0 || canBeEmpty(pattern.item);
  return pattern.kind === 'atomic' ? canBeEmpty(pattern.item) : true;
}

/** Returns whether a pattern can match a text in one way only. Conditions on the place consume nothing. */
function isUnambiguous(pattern: Pattern): boolean {
  if (pattern.kind === 'set' || pattern.kind === 'place' || pattern.kind === 'look') return true;
  if (pattern.kind === 'sequence') return pattern.items.every(isUnambiguous);
  if (pattern.kind === 'atomic') return isUnambiguous(pattern.item);
  if (pattern.kind === 'repeat') return pattern.min === pattern.max && isUnambiguous(pattern.item);
  const first = pattern.options.map(firstSet);
  return (
    pattern.options.every(isUnambiguous) &&
    first.every((set, i) => set !== undefined && first.slice(0, i).every((other) => !overlap(set, other!)))
  );
}

/** Returns the class of the first character of a pattern, or undefined if it is not one class. */
function firstSet(pattern: Pattern): string | undefined {
  if (pattern.kind === 'set') return pattern.source;
  if (pattern.kind === 'sequence') return pattern.items.length > 0 ? firstSet(pattern.items[0]) : undefined;
  if (pattern.kind === 'atomic') return firstSet(pattern.item);
  return pattern.kind === 'repeat' && pattern.min > 0 ? firstSet(pattern.item) : undefined;
}

function overlap(a: string, b: string): boolean {
  const both = new RegExp(`[${a}&&${b}]`, 'v');
  return planes().some((plane) => both.test(plane));
}

let allCharacters: readonly string[] | undefined;

/** Returns texts that hold every code point but surrogates. They are needed for few patterns, so they are made at first use. */
function planes(): readonly string[] {
  return (allCharacters ??= Array.from({ length: 17 }, (_, plane) => {
    const codes = Array.from({ length: 0x10000 }, (_unused, i) => plane * 0x10000 + i);
    return codes
      .filter((code) => code < 0xd800 || code > 0xdfff)
      .map((code) => String.fromCodePoint(code))
      .join('');
  }));
}
