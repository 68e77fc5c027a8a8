import type { CodecSpec } from '../codecs/codec';
import { formatCodec } from '../codecs/spec';
import { clusterBlock } from '../evaluate/windows';
import type { Protocol } from './plan';
import type { LabRecord } from './record';
import { compareSamples, slackOf } from './verdict';

/** The record with its verdict against a measured opponent. */
export function verdictAgainst(record: LabRecord, opponent: LabRecord, protocol: Protocol): LabRecord {
  const { outcome, difference, ci95, flags } = compareSamples(
    record.samples,
    opponent.samples,
    clusterBlock(protocol),
  );
  const { slack, flags: slackFlags } = slackOf(fileBytes(opponent), fileBytes(record));
  const verdict = { opponent: opponent.codec.spec, slack, outcome, difference, ci95 };
  const validity = [...new Set([...record.validity, ...flags, ...slackFlags])];
  return { ...record, verdict, validity };
}

/** Nothing plain is as small: there is no one to beat. */
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

/** The codec is itself the best plain rounding of its size. */
export function verdictIsOpponent(record: LabRecord): LabRecord {
  const { spec } = record.codec;
  const verdict = { opponent: spec, slack: 1, outcome: 'is-opponent' as const, difference: null, ci95: null };
  return { ...record, verdict };
}

export function isSameSpec(a: CodecSpec, b: CodecSpec): boolean {
  return formatCodec(a) === formatCodec(b);
}

/** The bytes ratios count: the file without tokenizer and preprocessor. */
function fileBytes({ size }: LabRecord): number {
  return size.totalBytes - size.assetBytes;
}
