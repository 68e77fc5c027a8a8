import { quantile } from 'simple-statistics';
import type { CodecSpec } from '../../codecs/contract/meta';
import { codecMeta } from '../../codecs/contract/registry';
import { parseCodec } from '../../codecs/contract/spec';
import { isOfFile } from './fileCodec';
import type { LabRecord } from './record';
import { MIN_CLUSTERS } from './comparison';
import type { PlanSession } from '../run/session';
import type { TimedEvaluation, Timing } from '../run/latency';

/** Limit on the difference of packed from dense layers per token, in nats: more would show in a perplexity. */
const PACKED_TOLERANCE = 1e-3;

/**
 * Lists as stable words why a record must not be ranked, or what its reader must know (src/lab/results/flags.ts
 * explains them).
 */
export function validityFlags(
  session: PlanSession,
  found: Pick<LabRecord, 'verification' | 'codec'> & Partial<Pick<LabRecord, 'error'>>,
  evaluation: TimedEvaluation,
): string[] {
  const { verification } = found;
  const language = session.model.shape.task === 'language-model';
  const flags: [boolean, string][] = [
    [session.environment.fallbackAdapter && evaluation.compute === 'gpu', 'software-adapter'],
    [evaluation.compute === 'cpu', 'cpu'],
    [session.isInParts, 'in-parts'],
    [session.lab.wasHidden?.() ?? false, 'tab-hidden'],
    [evaluation.timing !== undefined && isUnsteady(evaluation.timing), 'busy'],
    [verification.gpuMatchesReference === false, 'unverified'],
    [(verification.packedDeltaNll ?? 0) > PACKED_TOLERANCE, 'packed-differs'],
    [language && evaluation.clusters < MIN_CLUSTERS, 'few-clusters'],
    [needsTraining(found), 'needs-training'],
  ];
  return flags.filter(([on]) => on).map(([, name]) => name);
}

/** Upper ÷ lower quartile of the rates of single tokens or images above which something else used the machine. */
const STEADY = 1.5;

function isUnsteady({ perSecond: { samples } }: Timing): boolean {
  return quantile(samples, 0.75) > STEADY * quantile(samples, 0.25);
}

/** Whether the weight error is beyond what the codec, or one inside it, tolerates without training. */
export function needsTraining({
  codec,
  error,
}: Pick<LabRecord, 'codec'> & Partial<Pick<LabRecord, 'error'>>) {
  if (isOfFile({ codec })) return false;
  return error !== undefined && error.relativeL2 > untrainedLimit(parseCodec(codec.spec));
}

function untrainedLimit({ id, inner }: CodecSpec): number {
  const own = codecMeta(id).needsTraining?.relativeL2 ?? Infinity;
  return inner ? Math.min(own, untrainedLimit(inner)) : own;
}
