import type { ModelShape } from '../../models/architecture';
import { hubModels } from '../../models/hub/catalogue';
import { splitHubId } from '../../models/hub/origin';
import type { PlanModel } from './build';
import { measuredTask } from './presets';

/** The default data set of the hub's language models, which is the one papers report. */
const USUAL_TEXT = 'wikitext-2';

/**
 * Describes a model of the hub for a plan.
 * @param name as plans spell it: `owner/name`, perhaps with a commit
 * @param shape from the model's configuration or from the catalogue
 */
export function hubPlanModel(
  name: string,
  { task, maxContext }: Pick<ModelShape, 'task'> & Partial<Pick<ModelShape, 'maxContext'>>,
): PlanModel {
  if (task !== 'language-model') return { id: name, task: measuredTask(name, task) };
  const { id } = splitHubId(name);
  const data = hubModels.find((known) => known.id === id)?.data ?? USUAL_TEXT;
  return { id: name, task, data, ...(maxContext !== undefined && { maxContext }) };
}
