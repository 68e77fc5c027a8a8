import { createStore } from 'zustand/vanilla';
import type { Feasibility } from '../../lab/estimate/memory';
import type { PlanModel } from '../../lab/plan/build';
import { EMBEDDED_MODELS } from '../../lab/plan/presets';
import type { ModelShape } from '../../models/architecture';
import type { DownloadProgress, HubModel, StoredModel } from '../../models/hub/types';
import { splitHubId } from '../../models/hub/origin';

/** A model that does not ship with the page. Its `id` is the name plans use: `owner/name`, with `@` and a commit, or `local:NAME`. */
export interface PageModel extends PlanModel {
  from: 'hub' | 'local';
  /** Id of the architecture. */
  architecture: string;
  parameters: number;
  /** The licence that the model's page states. */
  licence?: string;
  /** A note for visitors. */
  note?: string;
  /** The architecture's shape, once config.json was read. */
  shape?: ModelShape;
  /** The commit and its files, once the hub has answered. */
  hub?: HubModel;
  /** Bytes of all files; an estimate until the hub has answered. */
  bytes: number;
  /** Bytes of the files that stay in memory while the model is in use. */
  resident: number;
}

/** A download under way. */
export interface DownloadView {
  model: string;
  progress: DownloadProgress | null;
  stopping: boolean;
}

export interface ModelsState {
  /** The models that were looked up or chosen in this visit, by name. */
  known: ReadonlyMap<string, PageModel>;
  /** The one chosen last, which stays in the menu. */
  last: string | null;
  /** The models that the browser keeps; null until they were listed. */
  kept: readonly StoredModel[] | null;
  download: DownloadView | null;
  /** The model whose download waits for a yes. */
  asking: string | null;
  /** The model whose plan runs as soon as it is here. */
  autostart: string | null;
  /** Whether the device can run the plan; null for models that ship, and until it is known. */
  feasibility: Feasibility | null;
  dialogOpen: boolean;
  /** The token for private models, kept only in memory. */
  token: string;
}

export function createModelsStore() {
  return createStore<ModelsState>(() => ({
    known: new Map(),
    last: null,
    kept: null,
    download: null,
    asking: null,
    autostart: null,
    feasibility: null,
    dialogOpen: false,
    token: '',
  }));
}

export type ModelsStore = ReturnType<typeof createModelsStore>;

/** Declines a download, and with it the plan that was to run afterwards. */
export function declineDownload(models: ModelsStore): void {
  models.setState({ asking: null, autostart: null });
}

/** Whether a model can be run at once, and what is missing. */
export type Presence =
  | { state: 'here' }
  /** `kept` of `bytes` bytes are here. */
  | { state: 'absent'; kept: number; bytes: number }
  | { state: 'arriving'; download: DownloadView }
  /** The kept models have not been listed yet. */
  | { state: 'unknown' };

/** Returns whether a model is here, missing, or being downloaded. */
export function presenceOf({ known, kept, download }: ModelsState, name: string): Presence {
  if (EMBEDDED_MODELS.has(name)) return { state: 'here' };
  const model = known.get(name);
  if (download?.model === name) return { state: 'arriving', download };
  if (model?.from === 'local') return { state: 'here' };
  if (!model || !kept) return { state: 'unknown' };
  const found = keptOf(kept, name);
  if (found.some(({ complete }) => complete)) return { state: 'here' };
  const begun = found.find(({ revision }) => revision === (model.hub?.revision ?? revision));
  return { state: 'absent', kept: begun?.bytes ?? 0, bytes: begun?.total ?? model.bytes };
}

/** Returns what is kept under a model's name: the named commit, or every commit if the name has none. */
export function keptOf(kept: readonly StoredModel[], name: string): StoredModel[] {
  const { id, revision } = splitHubId(name);
  return kept.filter((each) => each.id === id && (revision ?? each.revision) === each.revision);
}

/** Returns the name of a model without its commit, as records have it. */
export function plainName(name: string): string {
  const at = name.indexOf('@');
  return at < 0 ? name : name.slice(0, at);
}
