import { INTERPOLATION_NAMES } from '../../../diffusion/thermodynamic/smoothing';
import { TRANSITION_SCHEDULES } from '../../../diffusion/thermodynamic/transition';

/** A way to choose scales over time, on the real model. */
export interface ScheduleForm {
  name: string;
  codec: string;
  /** Whether it follows the published system, or what that system set out to do. */
  mode: 'plain' | 'faithful' | 'corrected';
  /** What the published system promises. */
  target?: PublishedTarget;
}

/** Published targets: the smoothness, and by how much the loss falls. */
interface PublishedTarget {
  score: number;
  lessLoss?: readonly [low: number, high: number];
}

/** Groups of the published benchmark. */
const GROUPS = 4;
/** Weights in so many bits that the rounding of activations shows beside theirs. */
export const STUDY_WEIGHTS = 'rtn(bits=8,group=32)';

/** The form that the others with activations of these bits are compared with. */
export const PLAIN_FORM = 'groups of their own range';

/** The question's other side: scales that follow time smoothly, with the share that is cut off bounded. */
export const SMOOTH_FORM = 'smoothing over steps, linear';

/**
 * Returns all forms with activations of some bits. The phases are those that the published benchmark has, each from the same groups;
 * validation changes nothing and has no form of its own.
 * @param steps number of sampling steps, which can each be a group
 */
export function scheduleForms(activations: number, steps: number): ScheduleForm[] {
  const codec = (options: string) => `timegroups(${STUDY_WEIGHTS},activations=${activations},${options})`;
  const plain = (name: string, options: string): ScheduleForm => ({
    ...{ name, codec: codec(options), mode: 'plain' },
  });
  const corrected = (name: string, options: string): ScheduleForm => ({
    ...{ name, codec: codec(`groups=${GROUPS},${options}`), mode: 'corrected' },
  });
  return [
    plain(PLAIN_FORM, `groups=${GROUPS}`),
    plain('one group', 'groups=1'),
    plain('a group for each step', `groups=${steps}`),
    ...INTERPOLATION_NAMES.map((method): ScheduleForm => ({
      name: `phase 2, ${method}`,
      codec: codec(`groups=${GROUPS},smoothing=${method},over=groups`),
      mode: 'faithful',
      target: { score: 0.82, lessLoss: [0.2, 0.3] },
    })),
    ...TRANSITION_SCHEDULES.map((schedule): ScheduleForm => ({
      name: `phase 3, ${schedule}`,
      codec: codec(`groups=${GROUPS},optimise=${schedule}`),
      mode: 'faithful',
      target: { score: 0.9, lessLoss: [0.35, 0.4] },
    })),
    corrected(SMOOTH_FORM, 'smoothing=linear,over=steps'),
    corrected('smoothing over steps, cubic', 'smoothing=cubic,over=steps'),
    corrected('boundaries of the least error', 'grouping=dp'),
    corrected('ranges without a thousandth', 'range=percentile'),
    corrected('ranges by grid search', 'range=grid'),
    corrected('least error, grid search and smoothing', 'grouping=dp,range=grid,smoothing=linear,over=steps'),
  ];
}
