import type { BenchRow } from '../src/bench/report';
import type { ErrorCode } from '../src/base/errors';
import type { AdapterInfo, DeviceFeatures } from '../src/gpu/device';
import type { RecordFile } from '../src/lab/artefacts/recordFile';
import type { GeneratedText, TextRequest } from '../src/lab/generate/text';
import type { Plan } from '../src/lab/plan/plan';
import type { LabRecord } from '../src/lab/results/record';
import type { LabEvent, Progress } from '../src/lab/run/events';
import type { TrainEvent } from '../src/lab/train/events';
import type { TrainPlan, TrainStage } from '../src/lab/train/plan';
import type { ModelShape } from '../src/models/architecture';
import type { PickedModel } from '../src/models/load/pickedFiles';
import type { PausedRun, TrainStep } from '../src/platform/browser/pausedTraining';

/**
 * The lab as the main thread sees it: every kind of call with its parameters, its reports of progress and its result. Calls run one
 * after another. Each has a handler in workers/handlers.
 */
export interface LabCalls {
  /** Opens the device. */
  open: { params: null; progress: never; result: DeviceSummary };
  run: { params: Plan; progress: LabEvent; result: RunStatus };
  /** Milliseconds that a plan will take here, from what is known, without running it. */
  estimate: { params: Plan; progress: never; result: number };
  /** Writes text; each new piece is reported. */
  generate: { params: TextRequest; progress: string; result: GeneratedText };
  benchmark: { params: null; progress: Progress; result: BenchRow[] };
  /** Has a record's weights read and run by other programs; returns the record with the outcome. */
  crossCheck: { params: LabRecord; progress: string; result: LabRecord };
  /** Makes a record's weights into a file; `format` is an id of `recordFormats`. */
  makeFile: { params: { record: LabRecord; format: string }; progress: string; result: RecordFile };
  train: { params: TrainParams; progress: TrainMessage; result: RunStatus };
  /** Opens a model by name and describes it. */
  inspect: { params: string; progress: never; result: ModelShape };
}

/** The notes that the main thread sends to the lab's worker, which are not answered. A restarted worker gets them again. */
export interface LabNotes {
  /** Whether the tab is hidden, hence throttled: records measured meanwhile carry the flag `tab-hidden`. */
  hidden: boolean;
  /** A model among files of this device; from now on its id opens it. */
  pick: PickedModel;
  /** The name of a model whose files will be deleted: the worker closes it. */
  forget: string;
}

export type RunStatus = 'complete' | 'stopped';

export interface TrainParams {
  plan: TrainPlan;
  /** The settings as their author typed them, kept beside the checkpoints. */
  fields: PausedRun['fields'];
  /** Steps between checkpoints. */
  checkpointEvery: number;
  /** The run to resume; its checkpoints lie in the browser's storage. */
  resume?: PausedRun;
}

/** A training run's events as the page gets them: steps in batches, and checkpoints without their bytes. */
export type TrainMessage =
  | Exclude<TrainEvent, { type: 'step' | 'checkpoint' }>
  | { type: 'steps'; steps: readonly TrainStep[] }
  | { type: 'checkpoint'; stage: TrainStage; step: number }
  /** The browser stores no checkpoints; training goes on. */
  | { type: 'unsaved'; code: ErrorCode; message: string; remedy: string };

/** The device as the page shows it. */
export interface DeviceSummary {
  info: AdapterInfo;
  features: DeviceFeatures;
  maxBindingBytes: number;
}
