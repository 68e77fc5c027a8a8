import { existsSync, readFileSync } from 'node:fs';
import { isHubId } from '../../../models/hub/origin';
import { EMBEDDED_MODELS, TRAINING_MODELS } from '../../../lab/plan/presets';
import { isGguf } from '../ggufModel';

/**
 * The models of the hub that a command's arguments name: by `--model`, and by the plan file of `--plan`. What is embedded, or is a
 * folder or file here, is not looked for elsewhere. Arguments that do not hold together are left to the command's own parser.
 */
export function hubNames(args: readonly string[]): string[] {
  const named = [...valuesOf(args, '--model'), ...valuesOf(args, '--plan').flatMap(modelsOfPlanFile)];
  return [...new Set(named)].filter(isHubName);
}

/** Whether a name can only be meant as one of the hub. */
function isHubName(name: string): boolean {
  if (EMBEDDED_MODELS.has(name) || TRAINING_MODELS.has(name) || isGguf(name)) return false;
  return isHubId(name) && !existsSync(name);
}

function valuesOf(args: readonly string[], option: string): string[] {
  return args.flatMap((arg, i) => {
    if (arg === option) return args.slice(i + 1, i + 2);
    return arg.startsWith(`${option}=`) ? [arg.slice(option.length + 1)] : [];
  });
}

function modelsOfPlanFile(file: string): string[] {
  try {
    const plans: unknown = JSON.parse(readFileSync(file, 'utf8'));
    const models = [plans].flat().map((plan) => (plan as { model?: unknown } | null)?.model);
    return models.filter((model) => typeof model === 'string');
  } catch {
    // A named plan, or a file that the command's own parser refuses with a sentence.
    return [];
  }
}
