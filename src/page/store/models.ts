import { createStore } from 'zustand/vanilla';
import type { Feasibility } from '../../lab/estimate/memory';
import type { PlanModel } from '../../lab/plan/build';
import { EMBEDDED_MODELS } from '../../lab/plan/presets';
import type { ModelShape } from '../../models/architecture';
import type { DownloadProgress, HubModel, StoredModel } from '../../models/hub/types';
import { splitHubId } from '../../models/hub/origin';

/**
 * A model that does not ship with the page. Its `id` is the name plans use: `owner/name`, with `@` and a commit, or
 * `local:NAME`.
 */
export interface PageModel extends PlanModel {
  from: 'hub' | 'local';
  /** Id of the architecture. */
  architecture: string;
  parameters: number;
  /** The licence that the model's page states. */
  licence?: string;
  /** A note for visitors. */
  note?: string;
  /** The model's shape, once config.json has been read. */
  shape?: ModelShape;
  /** The commit and its files, once the hub has answered. */
  hub?: HubModel;
  /** Bytes of all files; an estimate until the hub has answered. */
  bytes: number;
  /** Bytes of the files that stay in memory while the model is in use. */
  resident: number;
}

/** The present download. */
export interface DownloadView {
  model: string;
  progress: DownloadProgress | null;
  stopping: boolean;
}

export interface ModelsState {
  /** The models looked up or chosen in this visit, by name. */
  known: ReadonlyMap<string, PageModel>;
  /** The model chosen last, which stays in the picker. */
  last: string | null;
  /** The models stored in the browser, complete or not; null until they have been listed. */
  stored: readonly StoredModel[] | null;
  download: DownloadView | null;
  /** The model whose download waits for confirmation. */
  confirming: string | null;
  /** The model whose plan runs as soon as it is available. */
  autostart: string | null;
  /** Whether the device can run the plan; null for models that ship, and until it is known. */
  feasibility: Feasibility | null;
  dialogOpen: boolean;
  /** The names of the files with examples of tasks that were chosen in this visit. */
  examples: ReadonlySet<string>;
  /** The token for private models, kept only in memory. */
  token: string;
}

export function createModelsStore() {
  return createStore<ModelsState>(() => ({
    known: new Map(),
    last: null,
    stored: null,
    download: null,
    confirming: null,
    autostart: null,
    feasibility: null,
    dialogOpen: false,
    examples: new Set(),
    token: '',
  }));
}

export type ModelsStore = ReturnType<typeof createModelsStore>;

/** Declines a download, and cancels the run that was to follow. */
export function declineDownload(models: ModelsStore): void {
  models.setState({ confirming: null, autostart: null });
}

/** Whether a model can be run at once, or how much of it is missing. */
export type Availability =
  | { state: 'available' }
  /** `storedBytes` of `totalBytes` have been downloaded. */
  | { state: 'missing'; storedBytes: number; totalBytes: number }
  | { state: 'downloading'; download: DownloadView }
  /** The stored models have not been listed yet. */
  | { state: 'unknown' };

/** Returns whether a model is available, missing, or being downloaded. */
export function availabilityOf({ known, stored, download }: ModelsState, name: string): Availability {
  if (EMBEDDED_MODELS.has(name)) return { state: 'available' };
  const model = known.get(name);
  if (download?.model === name) return { state: 'downloading', download };
  if (model?.from === 'local') return { state: 'available' };
  if (!model || !stored) return { state: 'unknown' };
  const found = storedCopies(stored, name);
  if (found.some(({ complete }) => complete)) return { state: 'available' };
  const begun = found.find(({ revision }) => revision === (model.hub?.revision ?? revision));
  return { state: 'missing', storedBytes: begun?.bytes ?? 0, totalBytes: begun?.total ?? model.bytes };
}

/** Returns the stored copies of a model: of the named commit, or of every commit if the name has none. */
export function storedCopies(stored: readonly StoredModel[], name: string): StoredModel[] {
  const { id, revision } = splitHubId(name);
  return stored.filter((each) => each.id === id && (revision ?? each.revision) === each.revision);
}

/** Returns the name of a model without its commit, as records have it. */
export function plainName(name: string): string {
  const at = name.indexOf('@');
  return at < 0 ? name : name.slice(0, at);
}
