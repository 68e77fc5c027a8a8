import * as v from 'valibot';

const finite = v.pipe(v.number(), v.finite());
const count = v.pipe(v.number(), v.integer(), v.minValue(0));
const estimate = v.object({ value: finite, standardError: finite });

const metric = v.object({
  id: v.string(),
  label: v.string(),
  kind: v.picklist(['proportion', 'mean', 'perplexity']),
  ...estimate.entries,
  /** Against the baseline on the same examples; absent for the baseline itself (src/lab/tasks/contract/summary.ts). */
  comparison: v.optional(
    v.object({
      baseline: estimate,
      delta: finite,
      deltaCi95: v.tuple([finite, finite]),
      changePercent: v.nullable(finite),
      withinTenPercent: v.picklist(['holds', 'fails', 'unsure']),
    }),
  ),
});

/** One question, and what the models answered. */
const sample = v.object({
  place: v.string(),
  prompt: v.string(),
  expected: v.string(),
  /** The baseline's answer; absent for the baseline itself. */
  baseline: v.optional(v.string()),
  answer: v.string(),
});

/** Schema of what a model scored in one task, in a record. */
export const taskResultSchema = v.object({
  /** As plans spell it, with the name of the file. */
  task: v.string(),
  label: v.string(),
  dataset: v.string(),
  datasetSha256: v.string(),
  /** Examples that were scored, the first of the data. */
  examples: count,
  /** Places of examples among them that were left out, because they are longer than the model's context. */
  leftOut: v.array(v.string()),
  metrics: v.array(metric),
  /** The first examples. */
  samples: v.array(sample),
  /** Absent if an earlier run had asked them all. */
  examplesPerSecond: v.optional(finite),
});

export type TaskResult = v.InferOutput<typeof taskResultSchema>;
