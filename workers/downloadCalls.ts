import type { QuantisedFile } from '../src/models/hub/quantisedFiles';
import type { DownloadProgress, HubModel, StoredModel } from '../src/models/hub/types';

/** The calls of the worker that downloads. They run in parallel; stopping a download keeps the bytes received. */
export interface DownloadCalls {
  /** Describes a model by its configuration, from the stored files if they are complete, otherwise from the hub. */
  lookUp: { params: Authorised<{ model: string }>; progress: never; result: LookedUp };
  /** Downloads a model, or resumes its download. */
  download: { params: Authorised<{ model: HubModel }>; progress: DownloadProgress; result: void };
  /** Lists the quantised models of a repository of the hub. */
  listFiles: { params: Authorised<{ model: string }>; progress: never; result: QuantisedFile[] };
  list: { params: null; progress: never; result: StoredModel[] };
  delete: { params: { model: string; revision: string }; progress: never; result: void };
}

/** Parameters of a request to the hub, with the user's access token for private models. */
type Authorised<Params> = Params & { token?: string };

/** The result of looking up a model. */
export interface LookedUp {
  config: Record<string, unknown>;
  /** The model's commit. */
  revision: string;
  /** The model as the hub lists it; absent if the hub was not asked because all files are stored. */
  hub?: HubModel;
  /** Number of bytes that a download still has to transfer. */
  missing: number;
}
