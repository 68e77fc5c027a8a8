import { hostProcessor } from '../artefact/hostProcessor';
import { gpuProcessor, type Processor } from '../artefact/processor';
import type { ArtefactSink, StoredArtefact } from '../artefact/sink';
import { LabError } from '../base/errors';
import type { Gpu } from '../gpu/gpu';
import type { TextData, ImageData } from '../data/datasets';
import type { OnBytes } from '../models/load/files';
import type { Model } from '../models/model';
import type { OnnxRuntime } from '../onnx/runtime';
import type { PythonSandbox } from '../python/sandbox';
import type { TokenCache } from '../models/tokenizer/tokenizer';
import type { SelfCheck } from './results/record';
import type { AnswerCache } from './tasks/run/answerCache';
import { WRONG_ADAPTER_REMEDY, wrongAdapterText } from './selfCheck/report';

/** Everything a run needs from its surroundings. The worker, Node and the tests each build one. */
export interface Lab {
  /** Absent where there is no WebGPU adapter. */
  gpu?: Gpu;
  /** Measures losses on the CPU. Absent: the GPU measures. */
  cpu?: OnnxRuntime;
  /** Whether the user chose the CPU, so that a model that `cpu` cannot address is refused instead of run on the GPU. */
  cpuOnly?: boolean;
  /** Encodes and decodes: on the GPU where there is one, otherwise by the references on the CPU. */
  processor: Processor;
  /** How the adapter computes a known window; absent where nobody has asked it. If it computes wrongly, `gpu` is absent. */
  selfCheck?: SelfCheck;
  /**
   * Loads an embedded model by id, a model of the hub, or one from the user's files or folders.
   * @param onProgress receives the bytes of the weights as they are first read
   */
  openModel(id: string, signal?: AbortSignal, onProgress?: OnBytes): Promise<Model>;
  /**
   * Opens the model that a delta restores; absent where there are no files.
   * @param base the model that it was made from, named as in `openModel`
   */
  openDelta?(file: string, base: string, signal?: AbortSignal): Promise<Model>;
  openText(id: string, signal?: AbortSignal): Promise<TextData>;
  openImages(id: string, signal?: AbortSignal): Promise<ImageData>;
  /** Returns the lab's sandbox for Python programs, which loads Python with the first of them. */
  openPython?(): Promise<PythonSandbox>;
  /** Opens the examples of a task: a data set, or a file of the user. */
  openExamples(id: string, signal?: AbortSignal): Promise<TextData>;
  tokenCache?: TokenCache;
  /** Keeps answers to tasks until a record holds them, and the baseline's. */
  answerCache?: AnswerCache;
  /** Makes what keeps an artefact outside memory while it is measured; absent where it must be in memory. */
  spool?: () => ArtefactSink<StoredArtefact>;
  /** Bytes that measuring a model may take, where they are known; a plan may set others. */
  memoryBytes?: number;
  /** Browser or Node with its version, for the record. */
  runtime: string;
  /** True once the page's tab was hidden during the run: timers are throttled then, so speeds do not count. */
  wasHidden?: () => boolean;
}

/** A lab with an adapter. */
export type GpuLab = Lab & { gpu: Gpu };

/** Returns what encodes and decodes in a lab with this GPU, or without one. */
export function processorFor(gpu: Gpu | undefined): Processor {
  return gpu ? gpuProcessor(gpu) : hostProcessor();
}

/**
 * Returns the lab's GPU for work that nothing else does.
 * @param what names the work, such as "Training"
 * @throws LabError no-webgpu where there is no adapter, and unsupported where it computes wrongly
 */
export function requireGpu({ gpu, runtime, selfCheck }: Lab, what: string): Gpu {
  if (gpu) return gpu;
  if (selfCheck)
    throw new LabError(
      'unsupported',
      `${what} needs an adapter that computes rightly. ${wrongAdapterText(selfCheck, runtime)}`,
      WRONG_ADAPTER_REMEDY,
    );
  throw new LabError(
    'no-webgpu',
    `${what} needs a WebGPU adapter, and there is none.`,
    'Use a machine or a browser with WebGPU, or install a software adapter with `npm run setup`.',
  );
}

/** The name of the adapter in records of a lab without one. */
const NO_ADAPTER = 'none';

/** Whether a record was made without an adapter. */
export function hadNoAdapter({ adapter }: { adapter: string }): boolean {
  return adapter === NO_ADAPTER;
}

/** Returns the adapter's name, on one line, for records and the page. */
export function adapterName(gpu: Pick<Gpu, 'info'> | undefined): string {
  if (!gpu) return NO_ADAPTER;
  const { vendor, architecture, device, description } = gpu.info;
  return description || [vendor, architecture, device].filter(Boolean).join(' ') || 'unnamed adapter';
}
