import type { Rest, Scope } from '../../artefact/recipe';
import type { CodecSpec } from '../../codecs/contract/meta';
import type { TextProtocol } from '../../evaluate/windows';

type Metrics = 'perplexity' | 'all';

export type Protocol = TextProtocol;

/** Data for calibration, never the data that is measured on. */
export interface CalibrationPlan {
  /** Name of a data set, or a file for the command line. */
  data: string;
  /** Windows of the plan's context, or images, in each draw. */
  windows: number;
  /** Random choices of windows that a calibrated codec is measured with; from three on its verdict holds beyond the sample. */
  draws: number;
}

/** What to run for one model, parsed once, range-checked and frozen. A URL, a command line and a JSON file can spell it. */
export interface Plan {
  model: string;
  codecs: readonly CodecSpec[];
  /** Files and folders in which others stored the model, quantised or not, to measure beside the codecs; absent if none. */
  files?: readonly string[];
  /** The model that deltas among the files were made from, and of which codecs code the difference; absent if there are none. */
  base?: string;
  /** Name of a data set, or a file for the command line. */
  data: string;
  protocol: Protocol;
  /** Images to classify (image models). */
  images: number;
  scope: Scope;
  rest: Rest;
  metrics: Metrics;
  /** Tokens of a generated text, or images, that are timed one by one; absent if the latency is not measured. */
  latency?: number;
  /** Tasks that each codec is asked beside the perplexity, as plans spell them; absent if none. */
  tasks?: readonly string[];
  /** Examples of each task at most; absent: all of them, or no tasks. */
  taskExamples?: number;
  /** Data for calibrated codecs, which fail if it is null. */
  calibration: CalibrationPlan | null;
  verdict: boolean;
  seed: number;
  /**
   * Bytes that measuring may take, on the GPU, or in main memory if the CPU runs the model. A model that needs more is measured part
   * by part. By default what the device has.
   */
  memory?: number;
}
