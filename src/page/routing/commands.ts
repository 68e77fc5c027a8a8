import { fixed } from '../../base/format';
import { formatCodec, parseCodec } from '../../codecs/contract/spec';
import { ROUTING_UNITS, SIGNALS } from '../../lab/routing/cascade';
import type { CascadeRequest } from '../../lab/routing/measure';
import { DEFAULT_SINGLE_CODEC, parseMaxIncrease } from '../../lab/routing/parameters';
import { DEFAULT_CALIBRATION, PRESETS } from '../../lab/plan/presets';
import type { Plan } from '../../lab/plan/plan';
import { runActivity, showError } from '../app/activity';
import type { Page } from '../app/page';
import { canStart } from '../store/lab';
import type { RoutingState } from '../store/routing';

const SUBJECT = 'Routing';
/** Windows to measure and to fit thresholds on; the plan's limit on windows is meant for many codecs. */
const WINDOWS = 64;
const FIT_WINDOWS = 32;

/** Lists the codecs that each variant can have: those of the plan, and for the large one also the model as it is. */
export function variantChoices({ codecs }: Plan): { small: string[]; large: string[] } {
  const small = codecs.map(formatCodec);
  return { small, large: ['float32', ...small.filter((spec) => spec !== 'float32')] };
}

/** Returns the chosen codecs. By default the small variant has the codec in the middle of the plan, and the large one is the model. */
export function chosenVariants(
  plan: Plan,
  { small, large }: Pick<RoutingState, 'small' | 'large'>,
): { small: string; large: string } {
  const choices = variantChoices(plan);
  const known = (list: readonly string[], spec: string | null) => list.find((each) => each === spec);
  return {
    small: known(choices.small, small) ?? choices.small[Math.floor(choices.small.length / 2)],
    large: known(choices.large, large) ?? choices.large[0],
  };
}

/**
 * Makes the request for a plan's model and texts. All units and signals come from the same measurements.
 * @throws LabError bad-plan for a limit that is not a number of per cent
 */
function cascadeRequest(plan: Plan, state: RoutingState): CascadeRequest {
  const chosen = chosenVariants(plan, state);
  const variant = (spec: string) => ({ model: plan.model, spec: parseCodec(spec) });
  const { protocol, data, calibration, scope, rest, seed, memory } = plan;
  const { context } = protocol;
  const prompt = Math.floor(context / 2);
  const windows = PRESETS.default.calibrationWindows;
  return {
    small: variant(chosen.small),
    large: variant(chosen.large),
    alone: variant(DEFAULT_SINGLE_CODEC),
    request: {
      ...{ data, context, windows: WINDOWS, fitWindows: FIT_WINDOWS, scope, rest, seed, memory },
      calibration: calibration ?? { data: DEFAULT_CALIBRATION['language-model'], windows, draws: 1 },
    },
    routings: ROUTING_UNITS.flatMap((by) => SIGNALS.map((signal) => ({ by, signal, prompt }))),
    maxIncrease: parseMaxIncrease(state.maxIncrease, 'The wanted quality'),
  };
}

/** Measures a cascade of two codecs of the plan's model. */
export async function startRouting(page: Page): Promise<void> {
  if (!canStart(page.lab.getState())) return;
  try {
    const request = cascadeRequest(page.plans.getState().plan, page.routing.getState());
    const cascade = await runActivity(page, 'route', ({ signal, showStep }) =>
      page.client.call('route', request, {
        signal,
        onProgress: ({ fraction, step }) => showStep(`${fixed(100 * fraction, 0)} %, ${step}`),
      }),
    );
    page.routing.setState({ cascade });
  } catch (error) {
    showError(page, error, SUBJECT);
  }
}
