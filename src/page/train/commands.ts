import { LabError } from '../../base/errors';
import { fileStamp, grouped } from '../../base/format';
import { EMBEDDED_MODELS } from '../../lab/plan/presets';
import { openPausedRuns, type PausedRun, type PausedRuns } from '../../platform/browser/pausedTraining';
import { stepsCsv, summaryCsv, summaryJson } from '../../lab/train/summary';
import { TRAIN_STAGES, type TrainPlan } from '../../lab/train/plan';
import type { TrainMessage } from '../../../workers/labCalls';
import { runActivity, showError, statusOf } from '../app/activity';
import type { Page } from '../app/page';
import { saveFile } from '../browser/files';
import { addError, canStart } from '../store/lab';
import { choosePlanModel } from '../store/plan';
import { cohortOf } from '../../lab/results/cohort';
import { withRecords } from '../store/records';
import type { TrainView } from '../store/train';
import { planOfTexts, type TrainTexts } from './draft';
import { applyTrainMessage, initialTrainView } from './view';

const SUBJECT = 'Training';
/** Approximate number of checkpoints of a run. */
const CHECKPOINTS = 20;
const MAX_STEPS_BETWEEN_CHECKPOINTS = 50;

/** Trains a model with these settings from the beginning. */
export async function startTraining(page: Page, model: string, texts: TrainTexts): Promise<void> {
  const found = planOfTexts(model, texts);
  if ('problem' in found)
    return showError(page, new LabError('bad-plan', found.problem.message, found.problem.remedy), SUBJECT);
  await runTraining(page, found.plan, texts);
}

/** Resumes a run from its last checkpoint. */
export async function resumeTraining(page: Page, run: PausedRun): Promise<void> {
  const found = planOfTexts(run.model, run.fields);
  showSettings(page, run);
  if ('plan' in found) return runTraining(page, found.plan, run.fields, run);
  const { message } = found.problem;
  const remedy = 'Discard the run and start again.';
  showError(
    page,
    new LabError('bad-plan', `The settings of this run come from another version: ${message}`, remedy),
  );
}

/** Shows the settings of a resumed run in the form. */
function showSettings({ plans, train }: Page, { model, fields }: PausedRun): void {
  const measured = EMBEDDED_MODELS.has(model);
  if (measured && plans.getState().draft.model !== model) choosePlanModel(plans, model);
  train.setState({ fields, model: measured ? null : model });
}

async function runTraining(page: Page, plan: TrainPlan, fields: TrainTexts, run?: PausedRun): Promise<void> {
  if (!canStart(page.lab.getState())) return;
  const request = {
    plan,
    fields,
    checkpointEvery: stepsBetweenCheckpoints(plan),
    ...(run && { resume: run }),
  };
  const onProgress = (message: TrainMessage): void => handleMessage(page, message);
  await runActivity(page, 'train', async ({ signal }) => {
    page.train.setState({ run: initialTrainView(plan, run) });
    try {
      endView(page, await statusOf(page.client.call('train', request, { signal, onProgress })));
    } catch (error) {
      endView(page, 'failed');
      await refreshPausedRuns(page);
      showError(page, withResumeRemedy(page, plan, error), SUBJECT);
    }
  });
  await refreshPausedRuns(page);
}

/** Returns the error to show. After a lost device its remedy is to resume from the last checkpoint. */
function withResumeRemedy({ train }: Page, { model }: TrainPlan, error: unknown): unknown {
  const pausedRun = train.getState().paused.find((run) => run.model === model);
  if (!pausedRun || !(error instanceof LabError) || error.code !== 'device-lost') return error;
  const remedy = `Press Resume to continue after step ${grouped(pausedRun.step)}.`;
  return new LabError(error.code, error.message, remedy, error);
}

function stepsBetweenCheckpoints({ stages }: TrainPlan): number {
  const steps = Math.max(...TRAIN_STAGES.map((stage) => stages[stage]?.steps ?? 1));
  return Math.min(MAX_STEPS_BETWEEN_CHECKPOINTS, Math.ceil(steps / CHECKPOINTS));
}

function endView(page: Page, status: TrainView['status']): void {
  page.train.setState(({ run }) => ({ run: run && { ...run, doing: null, status } }));
}

function handleMessage(page: Page, message: TrainMessage): void {
  page.train.setState(({ run }) => ({ run: run && applyTrainMessage(run, message) }));
  if (message.type === 'unsaved') {
    const { code, message: text, remedy } = message;
    page.lab.setState((s) => addError(s, new LabError(code, text, remedy), SUBJECT));
  }
  if (message.type !== 'record') return;
  const { record } = message;
  page.records.setState((s) => ({
    own: withRecords(s.own, [record], 'measured'),
    cohort: cohortOf(record),
    model: record.model.id,
  }));
}

const stores = new WeakMap<Page, Promise<PausedRuns>>();

function pausedRuns(page: Page): Promise<PausedRuns> {
  let store = stores.get(page);
  if (!store) {
    store = openPausedRuns();
    store.catch(() => stores.delete(page));
    stores.set(page, store);
  }
  return store;
}

/** Lists the runs that can be resumed; there are none if the browser stores nothing. */
export async function refreshPausedRuns(page: Page): Promise<void> {
  const paused = await pausedRuns(page)
    .then((store) => store.list())
    .catch(() => []);
  page.train.setState({ paused });
}

export async function discardTraining(page: Page, { model }: PausedRun): Promise<void> {
  try {
    await (await pausedRuns(page)).delete(model);
  } catch (error) {
    showError(page, error, SUBJECT);
  }
  await refreshPausedRuns(page);
}

/** A file of a training run: the summary with the keys of t81, its table, the steps, or the trained model. */
export type TrainExport = 'json' | 'csv' | 'steps' | 'model';

export function exportTraining(view: TrainView, what: TrainExport): void {
  const { plan, results, steps } = view;
  const name = `bitcurve-train-${plan.model}-${fileStamp(new Date())}`;
  switch (what) {
    case 'json':
      return saveFile(
        `${name}.json`,
        'application/json',
        `${JSON.stringify(summaryJson(plan, results), null, 1)}\n`,
      );
    case 'csv':
      return saveFile(`${name}.csv`, 'text/csv', summaryCsv(results));
    case 'steps':
      return saveFile(`${name}-steps.csv`, 'text/csv', stepsCsv(steps));
    case 'model':
      return downloadModel(name, results.get('qat')?.artefact);
  }
}

function downloadModel(name: string, artefact: Uint8Array | undefined): void {
  if (artefact)
    saveFile(`${name}.safetensors`, 'application/octet-stream', artefact as Uint8Array<ArrayBuffer>);
}
