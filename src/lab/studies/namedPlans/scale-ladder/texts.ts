import { Cancelled, LabError } from '../../../../base/errors';
import { withTexts } from '../../../generate/recordTexts';
import { generateSamples } from '../../../generate/samples';
import type { Lab } from '../../../lab';
import type { Plan } from '../../../plan/plan';
import type { LabRecord } from '../../../results/record';
import type { LabEvent } from '../../../run/events';
import { runPlan, type RunOptions } from '../../../run/run';

/** What every form of a model continues, with the most likely token each time, so that a difference is the codec's. */
export const SAMPLE = { prompt: 'Once upon a time', maxTokens: 24, temperature: 0, topK: 0 } as const;

type Done = Extract<LabEvent, { type: 'done' }>;

/** Runs a plan, and lets each form of a language model write a text, which its record keeps. */
export async function* runWithTexts(lab: Lab, plan: Plan, options: RunOptions): AsyncGenerator<LabEvent> {
  const records = new Map<string, LabRecord>();
  for await (const event of runPlan(lab, plan, options)) {
    if (event.type === 'record') records.set(event.record.id, event.record);
    if (event.type !== 'done' || event.status === 'stopped') yield event;
    else yield { type: 'done', status: yield* addTexts(lab, plan, [...records.values()], options) };
  }
}

/** Returns the text that a record keeps of the sample. */
export function sampleText({ texts = [] }: LabRecord): string | undefined {
  return texts.find(
    ({ prompt, temperature, maxTokens }) =>
      prompt === SAMPLE.prompt && temperature === SAMPLE.temperature && maxTokens === SAMPLE.maxTokens,
  )?.text;
}

async function* addTexts(
  lab: Lab,
  plan: Plan,
  records: readonly LabRecord[],
  { store, signal }: RunOptions,
): AsyncGenerator<LabEvent, Done['status']> {
  const measured = records.filter(({ role }) => role !== 'opponent');
  const silent = measured.filter((record) => sampleText(record) === undefined);
  if (plan.images > 0 || silent.length === 0) return 'complete';
  const codecs = silent.flatMap(({ role, codec }) => (role === 'codec' ? [codec.spec] : []));
  const { model, scope, rest, seed } = plan;
  const request = { model, codecs, scope, rest, seed, ...SAMPLE, prompts: [SAMPLE.prompt], samples: 1 };
  try {
    const texts = await generateSamples(lab, request, () => undefined, signal);
    for (const record of silent) {
      const spec = record.role === 'baseline' ? record.role : record.codec.spec;
      const added = withTexts(record, SAMPLE, texts, spec);
      await store?.save(added);
      yield { type: 'record', record: added };
    }
  } catch (error) {
    if (error instanceof Cancelled) return 'stopped';
    if (!(error instanceof LabError)) throw error;
    const { code, message, remedy } = error;
    yield { type: 'failed', codec: `the text of ${model}`, code, message, remedy };
  }
  return 'complete';
}
