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
  /** As the model's page says. */
  licence?: string;
  /** What a visitor has to know of it. */
  note?: string;
  /** Once its config.json was read. */
  shape?: ModelShape;
  /** Once the hub was asked: the commit and its files. */
  hub?: HubModel;
  /** Of the files; those of the hub are a guess until it was asked. */
  bytes: number;
  /** Of the files that stay in memory as a whole while it is in use. */
  resident: number;
}

/** A download under way. */
export interface DownloadView {
  model: string;
  progress: DownloadProgress | null;
  stopping: boolean;
}

export interface ModelsState {
  /** Models that do not ship and were looked up or chosen in this visit, by name. */
  known: ReadonlyMap<string, PageModel>;
  /** The last of them that was chosen: it stays in the menu. */
  last: string | null;
  /** What the browser keeps; null until it was looked at. */
  kept: readonly StoredModel[] | null;
  download: DownloadView | null;
  /** The model whose download waits for a yes. */
  asking: string | null;
  /** The model whose plan runs as soon as it is here. */
  autostart: string | null;
  /** Whether the device can run the plan; null for models that ship and until it is known. */
  feasibility: Feasibility | null;
  dialogOpen: boolean;
  /** For private models: in memory only, gone with the page. */
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

/** Takes back the question whether to download, and the plan that was to run afterwards. */
export function declineDownload(models: ModelsStore): void {
  models.setState({ asking: null, autostart: null });
}

/** Whether a model can be run right away, and what is missing. */
export type Presence =
  | { state: 'here' }
  /** `kept` bytes of it are here. */
  | { state: 'absent'; kept: number; bytes: number }
  | { state: 'arriving'; download: DownloadView }
  /** Not asked yet what is kept. */
  | { state: 'unknown' };

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

/** What is kept under a model's name: the named commit, else any. */
export function keptOf(kept: readonly StoredModel[], name: string): StoredModel[] {
  const { id, revision } = splitHubId(name);
  return kept.filter((each) => each.id === id && (revision ?? each.revision) === each.revision);
}

/** The name of a record's model, where its commit goes without saying. */
export function plainName(name: string): string {
  const at = name.indexOf('@');
  return at < 0 ? name : name.slice(0, at);
}
