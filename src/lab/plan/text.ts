import {
  buildPlan,
  DEFAULT_MODEL,
  defaultStride,
  EMBEDDED_NAMES,
  fieldsOfPlan,
  type PlanNames,
} from './build';
import { badPlan, isPlanKey, PLAN_KEYS, PLAN_PARAMETERS, quote } from './parameters';
import type { PlanFields, PlanKey, PlanParameter } from './parameters';
import type { Plan } from './plan';
import { SWEPT_MODELS, type PresetName } from './presets';

/** The request that the page's URL makes. */
export interface PageRequest {
  plan: Plan;
  preset: PresetName;
  /** Run as soon as the device is ready. */
  autostart: boolean;
}

/** Limit on the plans of one file. */
export const MAX_PLANS = 1000;

/**
 * Reads the page's query string.
 * @throws LabError bad-plan for anything unknown, repeated or out of range; nothing falls back silently
 */
export function planFromQuery(query: URLSearchParams, names: PlanNames = EMBEDDED_NAMES): PageRequest {
  const seen = new Map<string, string>();
  for (const [key, value] of query) {
    const earlier = seen.get(key);
    if (earlier !== undefined && !isRepeatable(key))
      throw badPlan(`The address gives ${quote(key)} twice.`, 'Keep one of them.');
    seen.set(key, earlier === undefined ? value : `${earlier};${value}`);
  }
  const autostart = readAutostart(seen.get('autostart'));
  seen.delete('autostart');
  const fields = readFields(seen, (key) => key, 'The address');
  return {
    plan: buildPlan({ model: DEFAULT_MODEL, ...fields }, names),
    preset: fields.preset ?? 'default',
    autostart,
  };
}

/** Writes the shortest query that gives the plan back under this preset, without a leading `?`; "" for the default plan. */
export function planToQuery(
  plan: Plan,
  preset: PresetName = 'default',
  names: PlanNames = EMBEDDED_NAMES,
): string {
  return readable(new URLSearchParams(writtenFields(plan, preset, names)).toString());
}

/** Decodes the brackets, commas, equals and semicolons of a query; they are legal in values, and rtn(bits=4) stays readable. */
export function readable(query: string): string {
  return query.replace(/%(28|29|2C|3D|3B)/g, (code) => decodeURIComponent(code));
}

/**
 * Reads command-line values by plan key. Without a model there is one plan for each of the usual embedded models that the other options
 * fit, e.g. `--data cifar-10` runs the image model alone.
 * @throws LabError bad-plan
 */
export function planFromOptions(
  values: Readonly<Record<string, string | readonly string[] | undefined>>,
  names: PlanNames = EMBEDDED_NAMES,
): Plan[] {
  const given = new Map<string, string>();
  for (const [key, value] of Object.entries(values)) {
    const list = value === undefined ? [] : typeof value === 'string' ? [value] : value;
    if (list.length > 1 && !isRepeatable(key))
      throw badPlan(`--${key} is given ${list.length} times.`, 'Keep one of them.');
    if (list.length) given.set(key, list.join(';'));
  }
  const fields = readFields(given, (key) => `--${key}`, 'The command line');
  const { model } = fields;
  return model === undefined ? plansForEmbedded(fields, names) : [buildPlan({ ...fields, model }, names)];
}

/**
 * Reads a plan file: one object, or an array of them, with the parameters as keys:
 * `{"model": "stories260K", "codec": ["nf4", "rtn(bits=4)"], "context": 128, "verdict": true}`.
 * @throws LabError bad-plan
 */
export function planFromJson(value: unknown, names: PlanNames = EMBEDDED_NAMES): Plan[] {
  const list: unknown[] = Array.isArray(value) ? value : [value];
  if (list.length === 0 || list.length > MAX_PLANS)
    throw badPlan(`The plan file holds ${list.length} plans.`, `Write between 1 and ${MAX_PLANS}.`);
  return list.map((entry) => {
    const given = new Map(
      Object.entries(jsonObject(entry)).map(([key, field]) => [key, jsonText(key, field)]),
    );
    const fields = readFields(given, (key) => `"${key}"`, 'The plan file');
    return buildPlan({ model: DEFAULT_MODEL, ...fields }, names);
  });
}

/** Writes a plan as `planFromJson` reads it, with every parameter that differs from its default. */
export function planToJson(plan: Plan): Record<string, string> {
  return { model: plan.model, ...writtenFields(plan, 'default', EMBEDDED_NAMES) };
}

function writtenFields(plan: Plan, preset: PresetName, names: PlanNames): Record<string, string> {
  const fields: PlanFields = { ...fieldsOfPlan(plan, names), preset };
  const fallback: PlanFields = {
    ...fieldsOfPlan(buildPlan({ model: plan.model, preset }, names), names),
    model: DEFAULT_MODEL,
    preset: 'default',
    // The default stride follows the context the plan has, not the default one.
    stride: fields.context === undefined ? undefined : defaultStride(fields.context),
  };
  const written = PLAN_KEYS.map((key) => [key, formatField(fields, key)] as const).filter(
    ([key, text]) => text !== undefined && text !== formatField(fallback, key),
  );
  return Object.fromEntries(written as [string, string][]);
}

function formatField(fields: PlanFields, key: PlanKey): string | undefined {
  const value = fields[key];
  return value === undefined ? undefined : (PLAN_PARAMETERS[key] as PlanParameter<unknown>).format(value);
}

function readFields(
  given: ReadonlyMap<string, string>,
  spelled: (key: string) => string,
  where: string,
): PlanFields {
  const fields: Record<string, unknown> = {};
  for (const [key, text] of given) {
    if (!isPlanKey(key))
      throw badPlan(
        `${where} has an unknown parameter ${quote(key)}.`,
        `Known: ${PLAN_KEYS.map(spelled).join(', ')}.`,
      );
    fields[key] = PLAN_PARAMETERS[key].parse(text, spelled(key));
  }
  return fields;
}

function plansForEmbedded(fields: PlanFields, names: PlanNames): Plan[] {
  const fits = [...SWEPT_MODELS].filter(
    ([, task]) =>
      PLAN_KEYS.every((key) => fields[key] === undefined || (PLAN_PARAMETERS[key].only ?? task) === task) &&
      (fields.data === undefined || (names.data(fields.data).task ?? task) === task),
  );
  if (fits.length === 0)
    throw badPlan('No embedded model fits these options together.', 'Name one with --model.');
  return fits.map(([model]) => buildPlan({ ...fields, model }, names));
}

function readAutostart(value: string | undefined): boolean {
  if (value === undefined || value === '0') return false;
  if (value === '1') return true;
  throw badPlan(`autostart cannot be ${quote(value)}.`, 'Write autostart=1 or leave it out.');
}

function isRepeatable(key: string): boolean {
  return isPlanKey(key) && (PLAN_PARAMETERS[key].repeatable ?? false);
}

function jsonObject(value: unknown): Readonly<Record<string, unknown>> {
  if (typeof value === 'object' && value !== null && !Array.isArray(value))
    return value as Record<string, unknown>;
  throw badPlan('A plan in the file is not an object.', 'Write {"model": "stories260K", "codec": ["nf4"]}.');
}

/** Turns a JSON value into the text that the parser of its parameter reads. */
function jsonText(key: string, value: unknown): string {
  if (typeof value === 'string') return value;
  if (typeof value === 'number') return String(value);
  if (typeof value === 'boolean' && key === 'verdict') return value ? 'on' : 'off';
  if (isRepeatable(key) && Array.isArray(value) && value.every((text) => typeof text === 'string'))
    return value.join(';');
  throw badPlan(
    `"${key.slice(0, 40)}" in the plan file has a value of the wrong kind.`,
    'Use text, a number, true or false for "verdict", and a list of texts for "codec", "file" and "tasks".',
  );
}
