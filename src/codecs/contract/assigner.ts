import { grouped, withInterval } from '../../base/format';
import type { ModelShape, TensorSpec } from '../../models/architecture';
import type { CodecMeta, CodecOptions, CodecSpec, OptionsOf } from './meta';

/** Chooses a codec for every tensor of a scope. It is the default export of codec.ts where `meta.assigns` is set. */
export interface Assigner {
  meta: CodecMeta;
  /** Chooses a plain or wrapped codec for each tensor, by name. @throws LabError when the target cannot be met; Cancelled */
  assign(request: AssignRequest, options: CodecOptions): Promise<ReadonlyMap<string, CodecSpec>>;
  /** States what it measures on each tensor, for estimates of time. If absent, it measures nothing. */
  trials?(options: CodecOptions): Trials;
}

/** Makes an assigner whose methods have the types of its own options. */
export function defineAssigner<Meta extends CodecMeta>(
  meta: Meta,
  definition: {
    assign: (request: AssignRequest, options: OptionsOf<Meta>) => Promise<ReadonlyMap<string, CodecSpec>>;
    trials?: (options: OptionsOf<Meta>) => Trials;
  },
): Assigner {
  const { assign, trials } = definition;
  // `completeOptions` has checked every option against the metadata.
  const typed = (options: CodecOptions) => options as OptionsOf<Meta>;
  return {
    meta,
    assign: (request, options) => assign(request, typed(options)),
    trials: trials && ((options) => trials(typed(options))),
  };
}

/** The measurements that an assigner makes on each tensor. */
export interface Trials {
  /** The codecs that each tensor is encoded with. The file will hold one of them. */
  codecs: readonly CodecSpec[];
  /** How often the loss is measured for each tensor. */
  lossRises: number;
  /** How many whole files are made and measured, about; by default none. */
  files?: number;
}

/** A tensor that an assigner chooses a codec for. */
export type AssignTensor = Pick<TensorSpec, 'name' | 'matrix' | 'role' | 'block'>;

/** The model as an assigner sees it, and the measurements it can make. All of them use calibration data. */
export interface AssignRequest {
  shape: ModelShape;
  /** The tensors that the scope covers. */
  tensors: readonly AssignTensor[];
  /** Number of transformer blocks of the model. */
  blocks: number;
  /** Number of parameters of the whole model. */
  parameters: number;
  /** Bytes of the file that are neither coded tensors nor assets: the tensors left uncoded, and an estimate of the header. */
  otherBytes: number;
  /** Encodes and decodes one tensor with one codec, and measures stored bytes and errors. */
  trial(tensor: string, spec: CodecSpec): Promise<Trial>;
  /**
   * Measures the rise of the mean loss, in nats per token on the calibration text, when only this tensor is replaced by its decoding
   * from `spec`.
   */
  lossRise(tensor: string, spec: CodecSpec): Promise<number>;
  /**
   * Makes the whole file with these codecs, by tensor name, restores it from its bytes and measures its loss on calibration data that
   * calibrated nothing.
   */
  file(choice: ReadonlyMap<string, CodecSpec>): Promise<FileTrial>;
  signal?: AbortSignal;
  onProgress?(fraction: number, step: string): void;
}

/** The size and the errors of one tensor under one codec. */
export interface Trial {
  bytes: number;
  /** ‖W − Ŵ‖² */
  squaredError: number;
  /** ‖(W − Ŵ)X‖² ÷ samples. It is absent where the tensor reads no calibrated activation. */
  outputError?: number;
}

/** The loss of a whole file against the float32 model, paired on the same data. */
export interface FileLoss {
  /** Rise of the perplexity in per cent, or points of accuracy lost, with its 95 % interval. */
  loss: number;
  lossCi95: [number, number];
  /** What it was measured on, and how many. */
  unit: 'windows' | 'images';
  units: number;
}

/** Formats a loss: "+0.84 [+0.70, +0.95] % of perplexity on 64 windows". */
export function fileLossText({ loss, lossCi95, unit, units }: FileLoss): string {
  const { value, interval } = withInterval(loss, lossCi95);
  const of = unit === 'windows' ? '% of perplexity' : 'points of accuracy';
  return `${value} ${interval} ${of} on ${grouped(units)} ${unit}`;
}

/** The size and the loss of a whole file. */
export interface FileTrial extends FileLoss {
  /** Bytes of the file without its assets. */
  bytes: number;
}
