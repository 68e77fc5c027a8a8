import { LabError } from '../../base/errors';
import type { Plan } from '../../lab/plan/plan';
import { planFromQuery } from '../../lab/plan/text';
import { parseRecord, type LabRecord } from '../../lab/results/record';
import type { RunComparison } from '../../lab/results/runComparison';
import { isHubId } from '../../models/hub/origin';
import { setPlan } from '../store/plan';
import { canStart, pagePhase, type LabState, type Phase } from '../store/lab';
import { stop } from './activity';
import { openQuery } from './boot';
import type { Page } from './page';
import { canRunPlan, measurePlan } from '../measure/commands';

/** The interface for scripts in the page. Its getters read the present state; nothing can be assigned. */
interface LabHandle {
  /** Resolves when the page is ready to run; rejects with the error it shows instead. */
  readonly ready: Promise<void>;
  readonly state: Phase;
  readonly plan: Plan;
  /** The user's own records on the page, oldest first. */
  readonly records: readonly LabRecord[];
  readonly error: LabState['error'];
  /** Runs a plan given as in the address ("model=stories260K&preset=quick"), or as an object with the same parameters. */
  run(config?: string | Readonly<Record<string, string>>): Promise<readonly LabRecord[]>;
  abort(): void;
  /** Compares stored records with those of the page, codec by codec, as `npm run compare` does. */
  compare(stored: readonly unknown[]): Promise<RunComparison>;
}

declare global {
  interface Window {
    __lab: LabHandle;
  }
}

/**
 * Installs window.__lab, <html data-lab-state> and the events lab:ready, lab:done and lab:error. While a plan runs, each
 * LabEvent is also dispatched as lab:event (measure/commands.ts).
 */
export function exposeAutomation(page: Page, ready: Promise<void>): void {
  const handle: LabHandle = Object.freeze({
    ready,
    get state() {
      return pagePhase(page.lab.getState());
    },
    get plan() {
      return page.plans.getState().plan;
    },
    get records() {
      const own = [...page.records.getState().own.values()].map((e) => e.record);
      return own.sort((a, b) => a.startedAt.localeCompare(b.startedAt));
    },
    get error() {
      return page.lab.getState().error;
    },
    run: (config?: string | Readonly<Record<string, string>>) => runConfig(page, config),
    abort: () => stop(page),
    compare: async (stored: readonly unknown[]) => {
      const { compareRuns } = await import('../../lab/results/runComparison');
      return compareRuns(stored.map(parseRecord), handle.records);
    },
  });
  Object.defineProperty(window, '__lab', { value: handle, writable: false, configurable: false });
  mirrorPhase(page);
}

async function runConfig(
  page: Page,
  config: string | Readonly<Record<string, string>> | undefined,
): Promise<LabRecord[]> {
  if (config !== undefined) {
    const query = new URLSearchParams(config);
    if (isHubId(query.get('model') ?? '')) await openQuery(page, query);
    else setPlanOf(page, query);
  }
  if (!canStart(page.lab.getState()))
    throw new LabError('bad-input', 'The lab cannot run now.', 'Wait for state "ready" or "done".');
  if (!canRunPlan(page))
    throw new LabError(
      'bad-input',
      'The model of the plan is not downloaded, or this device cannot run it.',
      'Download the model, or choose another one; the page shows the reason beside Run.',
    );
  return measurePlan(page, page.plans.getState().plan);
}

function setPlanOf(page: Page, query: URLSearchParams): void {
  const { plan, preset } = planFromQuery(query, page.plans.names);
  setPlan(page.plans, plan, preset);
}

function mirrorPhase(page: Page): void {
  const show = (state: LabState): void => {
    document.documentElement.dataset.labState = pagePhase(state);
  };
  show(page.lab.getState());
  page.lab.subscribe((state, before) => {
    const phase = pagePhase(state);
    if (phase === pagePhase(before)) return;
    show(state);
    if (phase === 'ready' || phase === 'done' || phase === 'error')
      window.dispatchEvent(new CustomEvent(`lab:${phase}`, { detail: { error: state.error } }));
  });
}
