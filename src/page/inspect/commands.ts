import { Cancelled, describeError } from '../../base/errors';
import { fixed } from '../../base/format';
import type { InspectRequest } from '../../lab/inspect/inspect';
import type { SuperWeight } from '../../lab/inspect/sensitivity';
import type { Plan } from '../../lab/plan/plan';
import { runActivity, showError } from '../app/activity';
import type { Page } from '../app/page';
import { weightsOf } from '../compare/commands';
import { writeTexts } from '../generate/commands';
import { canStart } from '../store/lab';

/** Compresses the model and shows the tensor that is asked for. */
export async function showFile(page: Page, request: InspectRequest): Promise<void> {
  if (!canStart(page.lab.getState())) return;
  try {
    const found = await runActivity(page, 'inspectFile', ({ signal }) =>
      page.client.call('inspectFile', request, { signal }),
    );
    page.inspection.setState({ file: { request, found }, failure: null });
  } catch (error) {
    const { message, remedy } = error instanceof Cancelled ? STOPPED : describeError(error);
    page.inspection.setState({ failure: { request, message, remedy } });
  }
}

const STOPPED = { message: 'Stopped.', remedy: 'Press Show to continue.' };

/** Names what sensitivities were measured of, so that those of another model or codec are not shown. */
export function sensitivityKey(plan: Plan, codec: string): string {
  return JSON.stringify(weightsOf(plan, codec));
}

/** Measures the sensitivity of every tensor, and finds the super weight. */
export async function startSensitivity(page: Page, codec: string): Promise<void> {
  if (!canStart(page.lab.getState())) return;
  const { plan } = page.plans.getState();
  try {
    const found = await runActivity(page, 'sensitivity', ({ signal, showStep }) =>
      page.client.call('sensitivity', weightsOf(plan, codec), {
        signal,
        onProgress: ({ fraction, step }) => showStep(`${fixed(100 * fraction, 0)} %, ${step}`),
      }),
    );
    page.inspection.setState({ sensitivity: { of: sensitivityKey(plan, codec), found } });
  } catch (error) {
    showError(page, error, 'The sensitivity');
  }
}

/** Writes a text with the restored weights, and another one in which the super weight is zero. */
export function writeWithout(page: Page, codec: string, { tensor, row, column }: SuperWeight): Promise<void> {
  const weights = { ...weightsOf(page.plans.getState().plan, codec), divergence: true };
  return writeTexts(page, 'inspect', [
    { title: codec, weights },
    { title: `${codec} without one weight`, weights: { ...weights, without: { tensor, row, column } } },
  ]);
}
