import { clusterBlock } from '../../evaluate/windows';
import type { Protocol } from '../plan/plan';
import { fileBytes, type LabRecord } from './record';
import { compareSamples, drawLosses, slackOf, withDraws } from './comparison';

/** Adds the verdict against a measured opponent to a record. */
export function verdictAgainst(record: LabRecord, opponent: LabRecord, protocol: Protocol): LabRecord {
  const compared = compareSamples(record.samples, opponent.samples, clusterBlock(protocol));
  const values = record.codec.calibration?.values;
  const { outcome, difference, ci95, flags } = withDraws(compared, drawLosses(record));
  const { slack, flags: slackFlags } = slackOf(fileBytes(opponent), fileBytes(record));
  const draws = values && { draws: values.length };
  const verdict = { opponent: opponent.codec.spec, slack, outcome, difference, ci95, ...draws };
  const validity = [...new Set([...record.validity, ...flags, ...slackFlags])];
  return { ...record, verdict, validity };
}

/** Adds the verdict of a codec without opponent, since no plain rounding is as small. */
export function verdictWithoutOpponent(record: LabRecord): LabRecord {
  const verdict = {
    opponent: null,
    slack: null,
    outcome: 'no-opponent' as const,
    difference: null,
    ci95: null,
  };
  return { ...record, verdict };
}

/** Adds the verdict of a codec that is itself the best plain rounding of its size. */
export function verdictIsOpponent(record: LabRecord): LabRecord {
  const { spec } = record.codec;
  const verdict = { opponent: spec, slack: 1, outcome: 'is-opponent' as const, difference: null, ci95: null };
  return { ...record, verdict };
}
