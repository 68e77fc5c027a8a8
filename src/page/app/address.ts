import { LabError } from '../../base/errors';
import { EMBEDDED_MODELS } from '../../lab/plan/presets';
import { planFromQuery, readable, type PageRequest } from '../../lab/plan/text';
import { isHubId } from '../../models/hub/origin';
import { permalink } from '../plan/draft';
import { pageNames } from '../plan/names';
import { createModelsStore } from '../store/models';
import { mapGroups, VALUE_GROUPS, valuesText, type ValueGroup } from '../store/values';
import { DEFAULT_VIEW, parseView, VIEW_KEY, type ViewId } from '../views/views';
import type { Page } from './page';

/** A plan, a query whose model has to be looked up first, or what is wrong with the address. */
type PlanAddress = { request: PageRequest } | { query: URLSearchParams } | { error: LabError };

/** The content of an address: a plan, what views are asked, and a view. */
export type Address = PlanAddress & { values: Readonly<Record<ValueGroup, string>>; view: ViewId };

/** The beginning of a fragment that names a term of the glossary. */
const TERM = '#term=';

/** Reads the query and the fragment of an address. */
export function readAddress({ search, hash }: Pick<Location, 'search' | 'hash'>): Address {
  const query = new URLSearchParams(search);
  const values = mapGroups((group) => taken(query, group));
  const view = taken(query, VIEW_KEY);
  try {
    const shown = hash.startsWith(TERM) ? 'glossary' : view === '' ? DEFAULT_VIEW : parseView(view);
    return { ...planAddress(query), values, view: shown };
  } catch (error) {
    if (!(error instanceof LabError)) throw error;
    return { error, values, view: DEFAULT_VIEW };
  }
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

/** Returns the page's relative address for the plan, what views were asked, and a view, by default the present one. */
export function pageAddress({ plans, values, view }: Page, shown = view.getState().view): string {
  const { plan, draft } = plans.getState();
  const link = permalink(plan, draft.preset, plans.names);
  const asked = VALUE_GROUPS.map((group): [string, string] => [
    group,
    valuesText(values[group].getState().values),
  ]);
  const more = new URLSearchParams({
    ...Object.fromEntries(asked.filter(([, text]) => text !== '')),
    ...(shown !== DEFAULT_VIEW && { [VIEW_KEY]: shown }),
  });
  if (more.size === 0) return link;
  const query = readable(more.toString());
  return link.startsWith('?') ? `${link}&${query}` : `?${query}`;
}
