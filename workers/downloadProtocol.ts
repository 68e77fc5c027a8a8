import type { ErrorCode } from '../src/base/errors';
import type { DownloadProgress, HubModel, StoredModel } from '../src/models/hub/types';

/** What the worker that downloads is asked; each request is answered once, downloads tell their progress before. */
export type DownloadRequest = { id: number; token?: string } & DownloadTask;

export type DownloadTask =
  /** What a model of the hub is, by its configuration; from what is kept where that is whole, else from the hub. */
  | { type: 'look'; model: string }
  /** Downloads, or goes on with it. */
  | { type: 'download'; model: HubModel }
  | { type: 'list' }
  | { type: 'delete'; model: string; revision: string }
  /** Ends the download of this request; what arrived is kept. */
  | { type: 'stop'; request: number };

/** A model as it was looked up. */
export interface LookedUp {
  config: Record<string, unknown>;
  /** Its commit. */
  revision: string;
  /** As the hub lists it; absent where it was not asked, since all is here. */
  hub?: HubModel;
  /** Bytes a download would still transfer. */
  missing: number;
}

export type DownloadResponse =
  | { type: 'looked'; id: number; found: LookedUp }
  | { type: 'progress'; id: number; progress: DownloadProgress }
  | { type: 'listed'; id: number; models: StoredModel[] }
  | { type: 'done'; id: number }
  | { type: 'stopped'; id: number }
  | { type: 'error'; id: number; code: ErrorCode; message: string; remedy: string };
