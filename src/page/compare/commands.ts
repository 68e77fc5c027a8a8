import { fixed } from '../../base/format';
import type { Plan } from '../../lab/plan/plan';
import { runActivity, showError } from '../app/activity';
import type { Page } from '../app/page';
import { writeTexts, type TextWeights } from '../generate/commands';
import { canStart } from '../store/lab';
import type { Pair } from './pair';

/** Returns the request for a plan's model compressed by a codec, with the plan's scope, calibration data and seed. */
export function weightsOf(plan: Plan, codec: string): TextWeights & { codec: string } {
  const { model, scope, rest, protocol, seed } = plan;
  const calibration = plan.calibration && { ...plan.calibration, draws: 1 };
  return { model, codec, scope, rest, calibration, context: protocol.context, seed };
}

/** Writes a text with both codecs, and compares each of its tokens with the float32 model. */
export function compareTexts(page: Page, { left, right }: Pair): Promise<void> {
  const { plan } = page.plans.getState();
  const wanted = [left, right].map((codec) => ({
    title: codec,
    weights: { ...weightsOf(plan, codec), divergence: true },
  }));
  return writeTexts(page, 'compare', wanted);
}

/** Classifies the plan's images with both codecs. */
export async function compareImages(page: Page, { left, right }: Pair): Promise<void> {
  if (!canStart(page.lab.getState())) return;
  const { plan } = page.plans.getState();
  const codecs = [left, right] as const;
  try {
    const found = await runActivity(page, 'compareAnswers', ({ signal, showStep }) =>
      page.client.call(
        'compareAnswers',
        { ...weightsOf(plan, left), codecs, data: plan.data, images: plan.images },
        { signal, onProgress: ({ fraction, step }) => showStep(`${fixed(100 * fraction, 0)} %, ${step}`) },
      ),
    );
    page.inspection.setState({ answers: { codecs, found } });
  } catch (error) {
    showError(page, error, 'The comparison');
  }
}
