import type { NoteMessage } from '../../../workers/calls';
import type { LabCalls, LabNotes } from '../../../workers/labCalls';
import { LabError } from '../../base/errors';
import type { PickedModel } from '../../models/load/pickedFiles';
import { WorkerClient, type Port } from './client';

export type LabPort = Port<LabCalls, LabNotes>;

/** The lab behind the page. */
export interface LabClient {
  /** Has the worker do one thing (workers/labCalls.ts); calls run one after another. */
  call: WorkerClient<LabCalls, LabNotes>['call'];
  /** Makes a model of chosen files known under its id, as long as the page lives. */
  pick(model: PickedModel): void;
  /** Closes a model whose files are about to be deleted. */
  forget(model: string): void;
  /** Tells the worker that the tab was hidden or shown. */
  setHidden(hidden: boolean): void;
}

/** How long a worker may take to stop before it is terminated and the next call starts a fresh one. */
const STOP_PATIENCE_MS = 5000;
/** A stopped training run writes a last checkpoint first, and an estimate that gives way to a run ends by itself. */
const PATIENCE_MS: { readonly [Kind in keyof LabCalls]?: number } = { train: 30_000, estimate: Infinity };

export function createLabClient(createPort: () => LabPort, onStray: (error: LabError) => void): LabClient {
  const picked = new Map<string, PickedModel>();
  let isHidden = false;
  const client = new WorkerClient<LabCalls, LabNotes>(createPort, {
    crashed: (reason) =>
      new LabError('internal', `The lab's worker failed: ${reason}`, 'Reload the page and try again.'),
    onStray,
    patienceMs: (kind) => PATIENCE_MS[kind] ?? STOP_PATIENCE_MS,
    greeting: () => [
      ...(isHidden ? [note('hidden', true)] : []),
      ...[...picked.values()].map((model) => note('pick', model)),
    ],
  });
  return {
    call: client.call.bind(client),
    pick(model) {
      picked.set(model.id, model);
      client.tell('pick', model);
    },
    forget: (model) => client.tell('forget', model),
    setHidden(hidden) {
      isHidden = hidden;
      client.tell('hidden', hidden);
    },
  };
}

function note<Kind extends keyof LabNotes>(kind: Kind, value: LabNotes[Kind]): NoteMessage<LabNotes, Kind> {
  return { type: 'note', kind, value };
}
