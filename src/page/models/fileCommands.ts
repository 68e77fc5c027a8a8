import type { Plan } from '../../lab/plan/plan';
import type { QuantisedFile } from '../../models/hub/quantisedFiles';
import { pickDelta, pickModel, type PickedFile } from '../../models/load/pickedFiles';
import { runActivity, showError } from '../app/activity';
import type { Page } from '../app/page';
import { measurePlan } from '../measure/commands';
import { hubOf, openPicked, refreshStoredModels, tokenOf, transfer } from './commands';

/** Lists the quantised models of a repository of the hub. @throws LabError as the hub answers */
export async function listQuantised(page: Page, name: string): Promise<QuantisedFile[]> {
  return hubOf(page).client.call('listFiles', { model: name, ...tokenOf(page) });
}

/**
 * Downloads quantised files and measures each beside the plan's model, one after the other, so that one is in memory at a time. A file
 * that cannot be measured is reported, and the others follow; Stop ends all.
 */
export async function measureHubFiles(page: Page, files: readonly QuantisedFile[]): Promise<void> {
  const { models } = page;
  if (models.getState().download) return;
  const { plan } = page.plans.getState();
  const { signal } = (hubOf(page).download = new AbortController());
  try {
    for (const file of files) {
      models.setState({ download: { model: file.name, progress: null, stopping: false } });
      await transfer(page, file.model, signal);
      models.setState({ download: null });
      await measureFile(page, plan, file.name);
      if (page.lab.getState().run?.status !== 'complete') return;
    }
  } catch (error) {
    showError(page, error, 'Measure files');
  } finally {
    hubOf(page).download = null;
    models.setState({ download: null });
    await refreshStoredModels(page);
  }
}

/** Measures a file or folder of this device beside the plan's model. */
export async function measureLocalFiles(page: Page, files: readonly PickedFile[]): Promise<void> {
  const { plan } = page.plans.getState();
  try {
    const picked = pickModel(files);
    await runActivity(page, 'inspect', ({ signal }) => openPicked(page, picked, signal));
    await measureFile(page, plan, picked.id);
  } catch (error) {
    showError(page, error, 'Measure files');
  }
}

/** Measures the model that a delta of this device restores beside the plan's model, from which it was made together with the base. */
export async function measureDelta(page: Page, files: readonly PickedFile[], base: string): Promise<void> {
  const { plan } = page.plans.getState();
  try {
    const delta = pickDelta(files);
    page.client.pick(delta);
    await measureFile(page, plan, delta.id, base);
  } catch (error) {
    showError(page, error, 'Measure a delta');
  }
}

async function measureFile(page: Page, plan: Plan, name: string, base?: string): Promise<void> {
  await measurePlan(page, { ...plan, codecs: [], files: [name], base });
}
