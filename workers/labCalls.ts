import type { BenchRow } from '../src/bench/report';
import type { ErrorCode } from '../src/base/errors';
import type { AdapterInfo, DeviceFeatures } from '../src/gpu/device';
import type { RecordFile } from '../src/lab/artefacts/recordFile';
import type { GeneratedPiece, GeneratedText, TextRequest } from '../src/lab/generate/text';
import type { AnswersRequest, ComparedAnswers } from '../src/lab/inspect/answers';
import type { InspectedModel, InspectRequest, Inspection } from '../src/lab/inspect/inspect';
import type { Sensitivity } from '../src/lab/inspect/sensitivity';
import type { Plan } from '../src/lab/plan/plan';
import type { CascadeRequest, MeasuredCascade } from '../src/lab/routing/measure';
import type { ComputeChoice } from '../src/lab/compute';
import type { LabRecord, SelfCheck } from '../src/lab/results/record';
import type { LabEvent, Progress } from '../src/lab/run/events';
import type { TrainEvent } from '../src/lab/train/events';
import type { TrainPlan, TrainStage } from '../src/lab/train/plan';
import type { ModelShape } from '../src/models/architecture';
import type { PickedExamples, PickedModel } from '../src/models/load/pickedFiles';
import type { BlobDelta, DeltaRequest } from '../src/platform/browser/modelDelta';
import type { PausedRun, TrainStep } from '../src/platform/browser/pausedTraining';

/**
 * The calls of the lab's worker: each kind with its parameters, its progress reports and its result. Calls run one after another.
 * Each kind has a handler in workers/handlers.
 */
export interface LabCalls {
  /** Opens the device. The result is null if there is no WebGPU adapter, and the CPU computes. */
  open: { params: null; progress: never; result: DeviceSummary | null };
  /** Compares what the adapter computes for a known window with the right numbers; null without an adapter. */
  selfCheck: { params: null; progress: never; result: SelfCheck | null };
  run: { params: Plan; progress: LabEvent; result: RunStatus };
  /** Estimates the duration of a plan in milliseconds, without running it. */
  estimate: { params: Plan; progress: never; result: number };
  /** Generates text; each token is reported. */
  generate: { params: TextRequest; progress: GeneratedPiece; result: GeneratedText };
  /** Compresses a model, and shows one of its tensors and weights before and after. */
  inspectFile: { params: InspectRequest; progress: never; result: Inspection };
  /** Measures what each compressed tensor alone costs, and looks for the super weight. */
  sensitivity: { params: InspectedModel; progress: FractionDone; result: Sensitivity };
  /** Classifies images with two codecs, and returns those that they answer differently. */
  compareAnswers: { params: AnswersRequest; progress: FractionDone; result: ComparedAnswers };
  benchmark: { params: null; progress: Progress; result: BenchRow[] };
  /** Cross-checks a record's weights with independent programs; returns the record with the outcome. */
  crossCheck: { params: LabRecord; progress: string; result: LabRecord };
  /** Writes a record's weights to a file; `format` is an id of `recordFormats`. */
  makeFile: { params: { record: LabRecord; format: string }; progress: string; result: RecordFile };
  /** Measures a cascade of two variants of a model. */
  route: { params: CascadeRequest; progress: FractionDone; result: MeasuredCascade };
  /** Makes the delta from a model to its fine-tune. */
  makeDelta: { params: DeltaRequest; progress: FractionDone; result: BlobDelta };
  train: { params: TrainParams; progress: TrainMessage; result: RunStatus };
  /** Opens a model by name and describes it. */
  inspect: { params: string; progress: never; result: ModelShape };
}

/** The share of a call's work that is done, 0 … 1, and the present step in words. */
interface FractionDone {
  fraction: number;
  step: string;
}

/** The notes to the lab's worker, which have no answer. A restarted worker gets them again. */
export interface LabNotes {
  /** What runs models when they are measured from now on. */
  compute: ComputeChoice;
  /** Whether the tab is hidden and thus throttled; records measured meanwhile get the flag `tab-hidden`. */
  hidden: boolean;
  /** A model of files chosen on this device, which can be opened by its id from now on. */
  pick: PickedModel;
  /** A file with examples of a task, chosen on this device, which plans can name from now on. */
  pickExamples: PickedExamples;
  /** The name of a model to close, whose files are about to be deleted. */
  forget: string;
}

/** How a run ended, unless it failed. */
export type RunStatus = 'complete' | 'stopped';

/** The parameters of a training run. */
export interface TrainParams {
  plan: TrainPlan;
  /** The settings as typed, stored with the checkpoints. */
  fields: PausedRun['fields'];
  /** Steps between checkpoints. */
  checkpointEvery: number;
  /** The run to resume, whose checkpoints are stored in the browser. */
  resume?: PausedRun;
}

/** An event of a training run for the page: steps in batches, and checkpoints without their bytes. */
export type TrainMessage =
  | Exclude<TrainEvent, { type: 'step' | 'checkpoint' }>
  | { type: 'steps'; steps: readonly TrainStep[] }
  | { type: 'checkpoint'; stage: TrainStage; step: number }
  /** The browser cannot store checkpoints; training continues. */
  | { type: 'unsaved'; code: ErrorCode; message: string; remedy: string };

/** The device as the page shows it. */
export interface DeviceSummary {
  info: AdapterInfo;
  features: DeviceFeatures;
  maxBindingBytes: number;
}
