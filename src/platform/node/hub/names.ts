import { existsSync, readFileSync } from 'node:fs';
import { splitHubFile } from '../../../models/hub/quantisedFiles';
import { isHubId } from '../../../models/hub/origin';
import { isEmbedded } from '../../../models/embedded';
import { isModelFile } from '../../../models/load/modelFile';

/**
 * Returns the hub models that a command's arguments name, in `--model`, `--base` and `--file`, and in the plan file of `--plan`. Embedded
 * models and existing paths are omitted. Invalid arguments are ignored; the parser of the command reports them.
 */
export function hubNames(args: readonly string[]): string[] {
  const named = [
    ...valuesOf(args, '--model'),
    ...valuesOf(args, '--base').filter((name) => !DATA_FILE.test(name)),
    ...filesOf(args),
    ...valuesOf(args, '--plan').flatMap(modelsOfPlanFile),
  ];
  return [...new Set(named)].filter(isHubName);
}

/** A file that `data-delta` takes as its base. */
const DATA_FILE = /\.(jsonl|ndjson|csv|tsv|parquet)$/i;

/** Returns whether a name can only mean a model on the hub. */
function isHubName(name: string): boolean {
  if (isEmbedded(name) || existsSync(name)) return false;
  return isModelFile(name) ? splitHubFile(name) !== undefined : isHubId(name);
}

function filesOf(args: readonly string[]): string[] {
  return valuesOf(args, '--file').flatMap((text) => text.split(';').map((file) => file.trim()));
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
    const named = [plans].flat().flatMap((plan) => {
      const { model, base, file } = (plan ?? {}) as Record<'model' | 'base' | 'file', unknown>;
      return [model, base, ...[file].flat()];
    });
    return named.filter((name) => typeof name === 'string');
  } catch {
    // It is a named plan, or a file about which the parser of the command reports an error.
    return [];
  }
}
