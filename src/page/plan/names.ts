import { EMBEDDED_NAMES, type PlanNames } from '../../lab/plan/build';
import { badPlan, quote } from '../../lab/plan/parameters';
import { EMBEDDED_MODELS } from '../../lab/plan/presets';
import { isLocalId } from '../../models/load/pickedFiles';
import { isHubId } from '../../models/hub/origin';
import type { ModelsStore } from '../store/models';

/** Resolves the names in plans of this page: embedded models and data, and models that were looked up or chosen. */
export function pageNames(models: ModelsStore): PlanNames {
  return {
    model(name) {
      if (EMBEDDED_MODELS.has(name)) return EMBEDDED_NAMES.model(name);
      const found = models.getState().known.get(name);
      if (found) return found;
      throw unknownModel(name);
    },
    data: (name) => EMBEDDED_NAMES.data(name),
    examples(name) {
      if (models.getState().examples.has(name)) return name;
      throw badPlan(
        `There is no file ${quote(name)} with examples: the page forgets chosen files when you leave it.`,
        'Choose it under “Tasks”.',
      );
    },
  };
}

function unknownModel(name: string): Error {
  if (isLocalId(name))
    return badPlan(
      `The model ${quote(name)} came from files of this device, which the page forgets when you leave it.`,
      'Choose the files again under “More models”.',
    );
  const known = [...EMBEDDED_MODELS.keys()].join(', ');
  if (isHubId(name))
    return badPlan(
      `The model ${quote(name)} of the hub has not been looked up yet.`,
      'Choose it under “More models”.',
    );
  return badPlan(
    `There is no model ${quote(name)}.`,
    `Known models: ${known}. Models of the hub are named owner/name.`,
  );
}
