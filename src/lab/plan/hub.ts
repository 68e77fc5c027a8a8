import type { ModelShape } from '../../models/architecture';
import { hubModels } from '../../models/hub/catalogue';
import { splitHubId } from '../../models/hub/origin';
import type { PlanModel } from './build';

/** What language models of the hub are measured on where nothing else is said: what papers measure them on. */
const USUAL_TEXT = 'wikitext-2';

/**
 * What a plan needs to know of a model of the hub.
 * @param name as plans spell it: `owner/name`, perhaps with a commit
 * @param shape by its configuration, or what the catalogue says of it
 */
export function hubPlanModel(
  name: string,
  { task, maxContext }: Pick<ModelShape, 'task'> & Partial<Pick<ModelShape, 'maxContext'>>,
): PlanModel {
  if (task !== 'language-model') return { id: name, task };
  const { id } = splitHubId(name);
  const data = hubModels.find((known) => known.id === id)?.data ?? USUAL_TEXT;
  return { id: name, task, data, ...(maxContext !== undefined && { maxContext }) };
}
