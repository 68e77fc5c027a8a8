import type { NoteMessage } from '../../../workers/calls';
import type { LabCalls, LabNotes } from '../../../workers/labCalls';
import type { ComputeChoice } from '../../lab/compute';
import { LabError } from '../../base/errors';
import type { PickedExamples, PickedModel } from '../../models/load/pickedFiles';
import { WorkerClient, type Port } from './client';

export type LabPort = Port<LabCalls, LabNotes>;

/** The client of the lab's worker. */
export interface LabClient {
  /** Calls the worker (workers/labCalls.ts); calls run one after another. */
  call: WorkerClient<LabCalls, LabNotes>['call'];
  /** Registers a model of chosen files under its id while the page is open. */
  pick(model: PickedModel): void;
  /** Registers a file with examples of a task under its id while the page is open. */
  pickExamples(examples: PickedExamples): void;
  /** Closes a model whose files are about to be deleted. */
  forget(model: string): void;
  /** Sets what runs models when they are measured. */
  setCompute(compute: ComputeChoice): void;
  /** Tells the worker that the tab was hidden or shown. */
  setHidden(hidden: boolean): void;
}

/** Time in which a stopped call has to end before its worker is terminated. */
const STOP_TIMEOUT_MS = 5000;
/** Exceptions: stopped training writes a last checkpoint first, and a stopped estimate may end at any time. */
const STOP_TIMEOUTS_MS: { readonly [Kind in keyof LabCalls]?: number } = {
  train: 30_000,
  estimate: Infinity,
};

/**
 * Creates the client of the lab's worker.
 * @param onIdleCrash called for a crash while no call is pending
 */
export function createLabClient(
  createPort: () => LabPort,
  onIdleCrash: (error: LabError) => void,
): LabClient {
  const picked = new Map<string, PickedModel>();
  const examples = new Map<string, PickedExamples>();
  let isHidden = false;
  let compute: ComputeChoice = 'auto';
  const client = new WorkerClient<LabCalls, LabNotes>(createPort, {
    crashError: (reason) =>
      new LabError('internal', `The lab's worker failed: ${reason}`, 'Reload the page and try again.'),
    onIdleCrash,
    stopTimeoutMs: (kind) => STOP_TIMEOUTS_MS[kind] ?? STOP_TIMEOUT_MS,
    initialNotes: () => [
      ...(compute === 'auto' ? [] : [note('compute', compute)]),
      ...(isHidden ? [note('hidden', true)] : []),
      ...[...picked.values()].map((model) => note('pick', model)),
      ...[...examples.values()].map((file) => note('pickExamples', file)),
    ],
  });
  return {
    call: client.call.bind(client),
    pick(model) {
      picked.set(model.id, model);
      client.notify('pick', model);
    },
    pickExamples(file) {
      examples.set(file.id, file);
      client.notify('pickExamples', file);
    },
    forget: (model) => client.notify('forget', model),
    setCompute(choice) {
      compute = choice;
      client.notify('compute', choice);
    },
    setHidden(hidden) {
      isHidden = hidden;
      client.notify('hidden', hidden);
    },
  };
}

function note<Kind extends keyof LabNotes>(kind: Kind, value: LabNotes[Kind]): NoteMessage<LabNotes, Kind> {
  return { type: 'note', kind, value };
}
