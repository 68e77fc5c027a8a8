import type { DownloadProgress, HubModel, StoredModel } from '../src/models/hub/types';

/** The calls of the worker that downloads. They run side by side; stopping a download keeps what has arrived. */
export interface DownloadCalls {
  /** Describes a model by its configuration, from the kept files where they are complete, otherwise from the hub. */
  lookUp: { params: Authorised<{ model: string }>; progress: never; result: LookedUp };
  /** Downloads a model, or continues its download. */
  download: { params: Authorised<{ model: HubModel }>; progress: DownloadProgress; result: void };
  list: { params: null; progress: never; result: StoredModel[] };
  delete: { params: { model: string; revision: string }; progress: never; result: void };
}

/** A request to the hub; `token` is the visitor's, for private models. */
type Authorised<Params> = Params & { token?: string };

/** A model as it was looked up. */
export interface LookedUp {
  config: Record<string, unknown>;
  /** The model's commit. */
  revision: string;
  /** The model as the hub lists it; absent where the hub was not asked because every file is kept. */
  hub?: HubModel;
  /** Bytes that a download would still transfer. */
  missing: number;
}
