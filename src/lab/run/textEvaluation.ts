import { LabError } from '../../base/errors';
import { TextEvaluator, type TextResult } from '../../evaluate/text';
import type { Model } from '../../models/model';
import { loadTokenizer } from '../../models/tokenizer/tokenizer';
import type { Plan } from '../plan/plan';
import type { Evaluation, EvaluationInput, PlanEvaluation } from './evaluation';

/** Tokenizes the plan's text (cached by checksum) and prepares its windows. */
export async function textEvaluation({
  lab,
  plan,
  model,
  baseline,
  signal,
}: EvaluationInput): Promise<PlanEvaluation> {
  checkContext(plan, model);
  const text = await lab.openText(plan.data, signal);
  const tokenizer = await loadTokenizer(model.assets);
  const ids = await tokenizer.encode(text.text, { signal, cache: lab.tokenCache });
  const evaluator = new TextEvaluator({
    gpu: lab.gpu,
    shape: model.shape,
    baseline,
    ids,
    tokenBytes: tokenizer.tokenBytes(ids),
    protocol: plan.protocol,
    metrics: plan.metrics,
  });
  const toEvaluation = ({ quality, samples, clusters, prefillTokensPerSecond }: TextResult): Evaluation => ({
    quality: { ...quality, dataset: text.id, datasetSha256: text.sha256, tokenizerSha256: tokenizer.sha256 },
    samples,
    clusters,
    speed: { prefillTokensPerSecond },
  });
  const { context, windows } = evaluator.plan;
  return {
    units: { sequences: windows.length, length: context },
    dataSha256: text.sha256,
    measureBaseline: async (control) => toEvaluation(await evaluator.measureBaseline(control)),
    measure: async (weights, control) => toEvaluation(await evaluator.measure(weights, control)),
    probe: (control) => evaluator.probe(control),
    firstLosses: (weights, control) => evaluator.firstTokenLosses(weights, control),
    dispose: () => evaluator.dispose(),
  };
}

/** Before a text is tokenized for nothing. */
function checkContext({ protocol }: Plan, { id, shape }: Model): void {
  if (protocol.context <= shape.maxContext) return;
  throw new LabError(
    'bad-plan',
    `The plan has a context of ${protocol.context} tokens; ${id} was made for ${shape.maxContext}.`,
    `Use a context of at most ${shape.maxContext}.`,
  );
}
