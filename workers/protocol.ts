import type { AdapterInfo, DeviceFeatures } from '../src/gpu/device';
import type { ErrorCode } from '../src/base/errors';
import type { LabEvent } from '../src/lab/run/events';
import type { TextRequest } from '../src/lab/generate/text';
import type { Plan } from '../src/lab/plan/plan';
import type { LabRecord } from '../src/lab/results/record';
import type { RecordFile } from '../src/lab/artefacts/recordFile';
import type { ModelShape } from '../src/models/architecture';
import type { PickedModel } from '../src/models/load/fileList';
import type { PausedRun, TrainStep } from '../src/platform/browser/pausedTraining';
import type { TrainEvent } from '../src/lab/train/events';
import type { TrainStage, TrainPlan } from '../src/lab/train/plan';

/** The lab as the main thread sees it. One request at a time runs; `stop` is answered at once. */
export type LabRequest =
  | { type: 'open' }
  | { type: 'run'; id: number; plan: Plan }
  | { type: 'generate'; id: number; request: GenerateRequest }
  | { type: 'benchmark'; id: number }
  /** Has a record's weights read and run by programs that are not ours. */
  | { type: 'verify'; id: number; record: LabRecord }
  /** A record's weights as a file; `format` is an id of `recordFormats`. */
  | { type: 'make'; id: number; record: LabRecord; format: string }
  | { type: 'train'; id: number; request: TrainRequest }
  | { type: 'stop'; id: number }
  /** How long this plan will take here; answered from what is known, without running it. */
  | { type: 'estimate'; id: number; plan: Plan }
  /** A hidden tab is throttled: records measured meanwhile carry the flag `tab-hidden`. */
  | { type: 'visibility'; hidden: boolean }
  /** A model among files of this device: from now on its id opens it. A restarted worker has to be told again. */
  | { type: 'pick'; model: PickedModel }
  /** The model's files are about to go, or have changed: what was opened of it is let go. */
  | { type: 'forget'; model: string }
  /** Opens a model and says what it is. */
  | { type: 'inspect'; id: number; model: string };

export type GenerateRequest = TextRequest;

export interface TrainRequest {
  plan: TrainPlan;
  /** As its author wrote it: kept beside the checkpoints. */
  fields: PausedRun['fields'];
  /** Steps between checkpoints. */
  checkpointEvery: number;
  /** The run to go on with; its checkpoints lie in the browser's storage. */
  resume?: PausedRun;
}

/** A training run's events as the page gets them: steps in batches, and checkpoints without their bytes. */
export type TrainMessage =
  | Exclude<TrainEvent, { type: 'step' | 'checkpoint' }>
  | { type: 'steps'; steps: readonly TrainStep[] }
  | { type: 'checkpoint'; stage: TrainStage; step: number }
  /** The browser keeps no checkpoints; training goes on. */
  | { type: 'unsaved'; code: ErrorCode; message: string; remedy: string };

export interface DeviceLine {
  info: AdapterInfo;
  features: DeviceFeatures;
  maxBindingBytes: number;
}

export interface BenchmarkRow {
  name: string;
  ours: { median: number; ci95: [number, number] } | null;
  peer: { name: string; median: number; ci95: [number, number] } | null;
  unit: string;
  verified: boolean;
  note: string;
}

export type LabResponse =
  | { type: 'opened'; device: DeviceLine }
  | { type: 'event'; id: number; event: LabEvent }
  | { type: 'training'; id: number; message: TrainMessage }
  | { type: 'token'; id: number; text: string }
  | { type: 'generated'; id: number; text: string; tokensPerSecond: number }
  | { type: 'benchmarked'; id: number; rows: BenchmarkRow[] }
  | { type: 'verifying'; id: number; step: string }
  | { type: 'verified'; id: number; record: LabRecord }
  | { type: 'making'; id: number; step: string }
  | { type: 'made'; id: number; file: RecordFile }
  | { type: 'stopped'; id: number }
  | { type: 'estimated'; id: number; estimateMs: number }
  | { type: 'inspected'; id: number; shape: ModelShape }
  | { type: 'error'; id: number | null; code: ErrorCode; message: string; remedy: string };
