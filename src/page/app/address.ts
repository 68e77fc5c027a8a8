import { LabError } from '../../base/errors';
import { COMPUTE_CHOICES, type ComputeChoice } from '../../lab/compute';
import { badPlan, choice } from '../../lab/plan/parameters';
import { EMBEDDED_MODELS } from '../../lab/plan/presets';
import { planFromQuery, readable, type PageRequest } from '../../lab/plan/text';
import { isHubId } from '../../models/hub/origin';
import { LESSON_IDS } from '../learn/lessonIds';
import { permalink } from '../plan/draft';
import { pageNames } from '../plan/names';
import { createModelsStore } from '../store/models';
import { mapGroups, VALUE_GROUPS, valuesText, type ValueGroup } from '../store/values';
import { DEFAULT_PART, EMBEDDED_VIEWS, parseView, VIEW_KEY, type ShownPart } from '../views/views';
import type { Page } from './page';

/** A plan, a query whose model has to be looked up first, or what is wrong with the address. */
type PlanAddress = { request: PageRequest } | { query: URLSearchParams } | { error: LabError };

/** The content of an address: a plan, what views are asked, what is shown, and what runs models. */
export type Address = PlanAddress & {
  values: Readonly<Record<ValueGroup, string>>;
  shown: ShownPart;
  compute: ComputeChoice;
};

const LESSON_KEY = 'lesson';
const EMBED_KEY = 'embed';
const COMPUTE_KEY = 'compute';

/** The beginning of a fragment that names a term of the glossary. */
const TERM = '#term=';

/** Reads the query and the fragment of an address. */
export function readAddress({ search, hash }: Pick<Location, 'search' | 'hash'>): Address {
  const query = new URLSearchParams(search);
  const values = mapGroups((group) => taken(query, group));
  const rest = { values, shown: DEFAULT_PART, compute: COMPUTE_CHOICES[0] };
  try {
    const shown = shownPart(query, hash);
    const compute = oneOf(COMPUTE_CHOICES, query, COMPUTE_KEY) ?? rest.compute;
    return { ...planAddress(query), values, shown, compute };
  } catch (error) {
    if (!(error instanceof LabError)) throw error;
    return { error, ...rest };
  }
}

function shownPart(query: URLSearchParams, hash: string): ShownPart {
  const view = taken(query, VIEW_KEY);
  const lesson = oneOf(LESSON_IDS, query, LESSON_KEY) ?? null;
  const embed = oneOf(EMBEDDED_VIEWS, query, EMBED_KEY);
  if (embed !== undefined && view !== '')
    throw badPlan(
      'The address names a view to embed and another view.',
      `Leave out ${VIEW_KEY} or ${EMBED_KEY}.`,
    );
  if (hash.startsWith(TERM)) return { view: 'glossary', lesson, embedded: false };
  const named = view === '' ? (lesson ? 'learn' : DEFAULT_PART.view) : parseView(view);
  return { view: embed ?? named, lesson, embedded: embed !== undefined };
}

/** Takes a word out of a query; undefined if it is missing. @throws LabError bad-plan for any other word */
function oneOf<T extends string>(
  words: readonly [T, ...T[]],
  query: URLSearchParams,
  key: string,
): T | undefined {
  const text = taken(query, key);
  return text === '' ? undefined : choice(words, '').parse(text, key);
}

/** Takes the only value of a key out of a query. A second one is left in the query, whose parser refuses it. */
function taken(query: URLSearchParams, key: string): string {
  const [value = '', again] = query.getAll(key);
  if (again === undefined) query.delete(key);
  return value;
}

function planAddress(query: URLSearchParams): PlanAddress {
  const [model = '', ...more] = query.getAll('model');
  if (more.length === 0 && !EMBEDDED_MODELS.has(model) && isHubId(model)) return { query };
  return { request: planFromQuery(query, pageNames(createModelsStore())) };
}

/** Returns the page's relative address for the plan, what views were asked, what runs models, and what is shown, by default the present part. */
export function pageAddress({ plans, values, view, lab }: Page, change: Partial<ShownPart> = {}): string {
  const { plan, draft } = plans.getState();
  const link = permalink(plan, draft.preset, plans.names);
  const asked = VALUE_GROUPS.map((group): [string, string] => [
    group,
    valuesText(values[group].getState().values),
  ]);
  const shown = { ...view.getState(), ...change };
  const { compute } = lab.getState();
  const more = new URLSearchParams({
    ...Object.fromEntries(asked.filter(([, text]) => text !== '')),
    ...(compute !== COMPUTE_CHOICES[0] && { [COMPUTE_KEY]: compute }),
    ...(shown.embedded
      ? { [EMBED_KEY]: shown.view }
      : shown.view !== DEFAULT_PART.view && { [VIEW_KEY]: shown.view }),
    ...(shown.lesson && shown.view === 'learn' && { [LESSON_KEY]: shown.lesson }),
  });
  if (more.size === 0) return link;
  const query = readable(more.toString());
  return link.startsWith('?') ? `${link}&${query}` : `?${query}`;
}
