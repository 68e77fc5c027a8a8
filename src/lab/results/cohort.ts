import type { LabRecord, Quality } from './record';

/** What must be equal, so that two records are about the same data, scored in the same way. */
export const SCORING: readonly (readonly [what: string, of: (quality: Quality) => unknown])[] = [
  ['the task', ({ task }) => task],
  ['the data set', ({ datasetSha256 }) => datasetSha256],
  ['the protocol', ({ protocol }) => protocol],
  ['the context', ({ context }) => context],
  ['the stride', ({ stride }) => stride],
  ['the number of windows', ({ windows }) => windows],
  ['the number of images', ({ images }) => images],
];

/** Returns the key of a record's cohort, whose records are comparable: same weights, same data, scored in the same way. */
export function cohortOf({ model, training, quality }: LabRecord): string {
  // A fine-tuned model is compared with the model it started from; one trained from scratch or for other classes is one of its own.
  const isOwn = training === undefined || training.kind === 'fresh' || training.kind === 'head';
  const weights = isOwn ? model.sha256 : training.from;
  return [model.id, weights, ...SCORING.map(([, of]) => of(quality))].join('|');
}

/** Returns the label of a record's cohort: "tinystories · 32 windows of 128 tokens · 4,064 tokens scored". */
export function cohortLabel({ quality: q }: LabRecord): string {
  if (q.task === 'image-accuracy') return `${q.dataset} · ${(q.images ?? 0).toLocaleString('en-US')} images`;
  const step =
    q.protocol === 'sliding' ? ` every ${q.stride}` : q.protocol === 'llama.cpp' ? ', second halves' : '';
  const scored = (q.scoredTokens ?? 0).toLocaleString('en-US');
  return `${q.dataset} · ${q.windows} windows of ${q.context} tokens${step} · ${scored} tokens scored`;
}

/** Keeps the newest entry for each codec and device. A codec of the plan takes precedence over the same codec as opponent. */
export function latestPerCodec<Entry extends { record: LabRecord }>(entries: readonly Entry[]): Entry[] {
  const order = [...entries].sort(
    (a, b) => rank(a) - rank(b) || a.record.startedAt.localeCompare(b.record.startedAt),
  );
  const latest = new Map<string, Entry>();
  for (const entry of order) {
    const { role, codec, scope, rest, training, environment: env } = entry.record;
    const coded = `${codec.spec}|${scope}|${rest}|${JSON.stringify(training)}`;
    const what = role === 'baseline' ? role : coded;
    latest.set(`${what}|${env.adapter}|${env.runtime}`, entry);
  }
  return [...latest.values()];
}

function rank({ record }: { record: LabRecord }): number {
  return record.role === 'opponent' ? 0 : 1;
}

/** Names the device that a record was measured on: "llvmpipe (Node 20.19.0; CPU: onnxruntime-node 1.24.0)". */
export function deviceOf({ environment: { adapter, runtime, compute, cpuRuntime } }: LabRecord): string {
  return compute === 'cpu'
    ? `${adapter} (${runtime}; CPU: ${cpuRuntime ?? 'unnamed'})`
    : `${adapter} (${runtime})`;
}
