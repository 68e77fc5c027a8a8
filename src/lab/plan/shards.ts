import type { Plan } from './plan';
import { badPlan, quote } from './parameters';

/** One of several parts of a sweep, each for a machine. */
export interface Shard {
  /** From 1. */
  index: number;
  count: number;
}

const MAX_SHARDS = 9999;

/** Reads "2/5". @throws LabError bad-plan */
export function parseShard(text: string): Shard {
  const [, index, count] = (/^(\d{1,4})\/(\d{1,4})$/.exec(text) ?? []).map(Number);
  if (index >= 1 && index <= count) return { index, count };
  throw badPlan(
    `--shard cannot be ${quote(text)}.`,
    `Write PART/PARTS, such as 2/5, with at most ${MAX_SHARDS} parts.`,
  );
}

/**
 * Returns what one part of a sweep measures. The codecs and files of all plans, in their order, are cut into runs of equal length, so that a
 * machine loads as few models as possible. Every codec is in one part; a model's baseline is measured in each part that has a codec of it.
 * @returns plans with at least one codec or file, which may be none where there are more parts than codecs
 */
export function shardPlans(plans: readonly Plan[], { index, count }: Shard): Plan[] {
  const total = plans.reduce((sum, plan) => sum + jobsOf(plan), 0);
  const [begin, end] = [index - 1, index].map((part) => Math.round((part * total) / count));
  let at = 0;
  return plans.flatMap((plan) => {
    const first = at;
    at += jobsOf(plan);
    const mine = <T>(list: readonly T[], offset: number): T[] =>
      list.filter((_, i) => first + offset + i >= begin && first + offset + i < end);
    const { files: allFiles = [], ...rest } = plan;
    const codecs = mine(plan.codecs, 0);
    const files = mine(allFiles, plan.codecs.length);
    if (codecs.length + files.length === 0) return [];
    return [{ ...rest, codecs, ...(files.length > 0 && { files }) }];
  });
}

function jobsOf({ codecs, files }: Plan): number {
  return codecs.length + (files?.length ?? 0);
}
