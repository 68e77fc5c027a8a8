import { invariant } from '../../base/errors';
import type { Model } from '../../models/model';
import { loadTokenizer } from '../../models/tokenizer/tokenizer';
import { streamedModel } from '../../runtime/forward/streamedWeights';
import { isModelDelta } from '../plan/build';
import { FILE_CODEC, fileSpelling } from '../results/fileCodec';
import type { TaskResult } from '../results/taskResult';
import type { PlanEvaluation } from './evaluator';
import { evaluateAndAsk, type Evaluated } from './answerTasks';
import { type CodecTask, type MeasuredRecord, withTiming } from './measure';
import { assemble } from './measuredRecord';
import type { OpenedFile } from './sameModel';
import type { PlanSession } from './session';

/**
 * Opens a file or folder of a plan, and checks that it stores the session's model.
 * @throws LabError bad-input for another architecture, shape or tokenizer; what opening it throws; Cancelled
 */
export async function openFile(
  session: PlanSession,
  name: string,
  signal: AbortSignal | undefined,
): Promise<OpenedFile> {
  const model = await openStored(session, name, signal);
  const stored = await model.stored?.();
  const { checkShape, differs } = await comparison();
  if (!stored) throw differs(model, session.model, 'it has no weights of its own');
  checkShape(session.model, model);
  await checkTokenizer(session, model, signal);
  return { model, stored };
}

/** Opens the model of a file, or the one that a delta restores. */
function openStored(
  { lab, plan }: PlanSession,
  name: string,
  signal: AbortSignal | undefined,
): Promise<Model> {
  if (!isModelDelta(name)) return lab.openModel(name, signal);
  invariant(lab.openDelta && plan.base !== undefined, `the plan has no base for ${name}`);
  return lab.openDelta(name, plan.base, signal);
}

/** A file to measure. */
export interface FileTask extends Pick<CodecTask, 'key' | 'answersKey' | 'latencyShare'> {
  file: OpenedFile;
}

/**
 * Measures a file of others: its weights, restored as the tool that made it restores them, under the session's evaluation, with the
 * bytes of the file. Its tensors are read one by one; one file is on the GPU at a time, or a part of it where the model is measured in parts.
 * @throws LabError bad-input for a file of other weights; not-finite; Cancelled. Nothing stays allocated.
 */
export async function measureFile(
  session: PlanSession,
  { file, key, answersKey, latencyShare = 0 }: FileTask,
  signal: AbortSignal | undefined,
  say: (step: string, fraction: number) => void,
): Promise<MeasuredRecord> {
  const started = new Date();
  const { lab } = session;
  const { model, stored } = file;
  const { compareWeights, sizeOf } = await comparison();
  say('comparing its weights', 0);
  const error = await compareWeights(session.model, file, signal);
  lab.gpu?.buffers.resetPeak();
  const rest = 1 - latencyShare;
  const { evaluated, decodeMs, tasks } = await evaluateFile(
    session,
    { model, answersKey },
    signal,
    (step, fraction) => say(step, (COMPARE_SHARE + (1 - COMPARE_SHARE) * fraction) * rest),
  );
  const evaluation = await withTiming(session, evaluated, {
    model,
    signal,
    say: (step, fraction) => say(step, rest + latencyShare * fraction),
  });
  const record = assemble(session, started, key, evaluation, {
    role: 'codec',
    artefactSha256: model.sha256,
    codec: {
      id: FILE_CODEC,
      options: { name: model.id, ...(stored.note !== undefined && { note: stored.note }) },
      spec: fileSpelling(model.id),
      label: stored.scheme,
    },
    size: sizeOf(session.model, file),
    error,
    verification: { fromArtefact: true, gpuMatchesReference: null },
    ...(tasks && { tasks }),
  });
  return { record: { ...record, speed: { ...record.speed, decodeMs } } };
}

/** Share of a file's time in which its weights are compared with the model's, for progress. */
const COMPARE_SHARE = 0.2;
/** Share of the remaining time in which they are restored, for progress. */
const RESTORE_SHARE = 0.1;

/** Restores the weights of a file and evaluates them. */
async function evaluateFile(
  session: PlanSession,
  { model, answersKey }: { model: Model; answersKey?: string },
  signal: AbortSignal | undefined,
  say: (step: string, fraction: number) => void,
): Promise<{ evaluated: PlanEvaluation; decodeMs: number; tasks?: TaskResult[] }> {
  const { lab, evaluator, isInParts } = session;
  say('restoring its weights', 0);
  const restoring = performance.now();
  const dense = isInParts ? undefined : await lab.processor.load(model, signal);
  const decodeMs = performance.now() - restoring;
  try {
    const label = fileSpelling(model.id);
    const weights = dense ?? streamedModel(lab.gpu, model);
    const evaluate: Evaluated['evaluate'] = (onProgress) =>
      evaluator.measure(weights, { label, signal, onProgress });
    const { evaluation, tasks } = await evaluateAndAsk(
      session,
      { weights, label, answersKey, evaluate },
      signal,
      (step, fraction) => say(step, RESTORE_SHARE + (1 - RESTORE_SHARE) * fraction),
    );
    return { evaluated: evaluation, decodeMs, ...(tasks && { tasks }) };
  } finally {
    dense?.dispose();
  }
}

/** Loads the comparison of models, which only plans with files need. */
function comparison(): Promise<typeof import('./sameModel')> {
  return import('./sameModel');
}

/** Compares the tokens of the measured text. A folder without a tokenizer takes the model's. */
async function checkTokenizer(
  { lab, plan, model }: PlanSession,
  file: Model,
  signal: AbortSignal | undefined,
): Promise<void> {
  if (model.shape.task !== 'language-model' || !file.assets.has('tokenizer.json')) return;
  const { text } = await lab.openText(plan.data, signal);
  const encode = async ({ assets }: Model) =>
    (await loadTokenizer(assets)).encode(text, { signal, cache: lab.tokenCache });
  const { checkTokens } = await comparison();
  checkTokens(model, file, { ours: await encode(model), theirs: await encode(file), data: plan.data });
}
