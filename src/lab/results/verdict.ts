import { clusterBlock } from '../../evaluate/windows';
import { fileBytes, type LabRecord } from './record';
import { compareSamples, drawLosses, slackOf, withDraws, type SampleComparison } from './comparison';

/** Adds the verdict against a measured opponent to a record. */
export function verdictAgainst(record: LabRecord, opponent: LabRecord): LabRecord {
  const { outcome, difference, ci95, flags } = compareRecords(record, opponent);
  const { slack, flags: slackFlags } = slackOf(fileBytes(opponent), fileBytes(record));
  const values = record.codec.calibration?.values;
  const draws = values && { draws: values.length };
  const verdict = { opponent: opponent.codec.spec, slack, outcome, difference, ci95, ...draws };
  const validity = [...new Set([...record.validity, ...flags, ...slackFlags])];
  return { ...record, verdict, validity };
}

/**
 * Compares a record with another one of the same windows or images, including the variance between the draws of their calibration.
 * @throws LabError bad-input when the samples are of different windows or images
 */
export function compareRecords(record: LabRecord, other: LabRecord): SampleComparison {
  const { protocol: kind = 'windows', context = 1, stride = context } = record.quality;
  const compared = compareSamples(record.samples, other.samples, clusterBlock({ kind, context, stride }));
  const [own, others] = [record, other].map(drawLosses);
  // The same draws are paired, as windows are.
  if (own.length === others.length && drawsOf(record) === drawsOf(other)) {
    const differences = own.map((loss, i) => loss - others[i]);
    return withDraws(compared, differences);
  }
  const negated = others.map((loss) => -loss);
  return withDraws(withDraws(compared, own), negated);
}

/** Names the windows (or images) of each draw. */
function drawsOf({ codec: { calibration } }: LabRecord): string {
  return JSON.stringify([calibration?.sha256, calibration?.windows, calibration?.seeds]);
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
