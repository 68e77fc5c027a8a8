import type { LabRecord } from './record';
import { FEWEST_CLUSTERS } from './verdict';
import type { Evaluation, Session } from './session';

/** A packed path may differ from the dense one by this much per token, in nats: more would show in a perplexity. */
export const PACKED_TOLERANCE = 1e-3;

/** Reasons why a record must not be ranked, as stable words (src/page/validity.ts explains them). */
export function validityFlags(
  session: Session,
  found: Pick<LabRecord, 'verification'>,
  evaluation: Evaluation,
): string[] {
  const { verification } = found;
  const language = session.model.shape.task === 'language-model';
  const flags: [boolean, string][] = [
    [session.environment.fallbackAdapter, 'software-adapter'],
    [session.lab.wasHidden?.() ?? false, 'tab-hidden'],
    [verification.gpuMatchesReference === false, 'unverified'],
    [(verification.packedDeltaNll ?? 0) > PACKED_TOLERANCE, 'packed-differs'],
    [language && evaluation.clusters < FEWEST_CLUSTERS, 'few-clusters'],
  ];
  return flags.filter(([on]) => on).map(([, name]) => name);
}
