import { totalmem } from 'node:os';
import { basename, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { hostProcessor } from '../../artefact/hostProcessor';
import { gpuProcessor } from '../../artefact/processor';
import { LabError } from '../../base/errors';
import { openDeltaModel } from '../../delta/restoredModel';
import { loadTaskExamples, loadImages, loadText, textFromFile } from '../../data/datasets';
import { Gpu } from '../../gpu/gpu';
import { measuresOnCpu, type ComputeChoice } from '../../lab/compute';
import type { GpuLab, Lab } from '../../lab/lab';
import { measuringLab } from '../../lab/measuringLab';
import { removeAbandonedSpools, spoolPath, SpoolSink } from './artefactFile';
import type { OnnxRuntime } from '../../onnx/runtime';
import type { PythonSandbox } from '../../python/sandbox';
import { EMBEDDED_DATA, TASK_DATA } from '../../lab/plan/presets';
import { folderAnswerCache } from './answerCache';
import { openDawn } from './dawn';
import { nodeRuntime } from './onnxRuntime';
import { modelFiles, openModel } from './models';
import { folderFiles } from './folder';
import { fileKernelMemory } from './kernelMemory';
import { openLocal, readLocal } from './localFile';
import { localImages } from './localImages';
import { projectFolder, publicFolder } from './paths';
import { nodePython } from './python';
import { referenceThread } from './referenceThread';
import { folderTokenCache } from './tokenCache';

/** The share of main memory that measuring may take. */
const MAIN_MEMORY = { memoryBytes: Math.floor(0.75 * totalmem()) };

/** Runs references in a thread. The tests run sources, which Node cannot load in one. */
const REFERENCES = import.meta.env.PROD
  ? referenceThread(pathToFileURL(join(projectFolder(), 'dist/cli/references.worker.js')))
  : undefined;

/**
 * Creates the lab in Node for measuring. Dawn computes, or ONNX Runtime on the CPU, which without an adapter is all there is. Models
 * and data come from the project's public folder or from local paths.
 * @throws LabError no-webgpu if an adapter is asked for, by `adapter` or by `compute`, and there is none; as `measuringLab`
 */
export async function nodeLab(adapter: string | undefined, compute: ComputeChoice): Promise<Lab> {
  const gpu = await openGpu(adapter, compute);
  try {
    const lab = await measuringLab(labOn(gpu), compute, nodeRuntime);
    if (!lab.gpu) gpu?.destroy();
    const processor = lab.gpu ? lab.processor : hostProcessor(REFERENCES);
    return { ...lab, processor, ...(lab.cpu && MAIN_MEMORY) };
  } catch (error) {
    gpu?.destroy();
    throw error;
  }
}

/** Creates the lab in Node for work that only an adapter does. @throws LabError no-webgpu if there is none */
export async function nodeGpuLab(adapter?: string): Promise<GpuLab> {
  return nodeLabOn(await Gpu.open(openDawn(adapter)));
}

/**
 * Creates the lab in Node for encoding and decoding alone, with `cpu` by the references. Models are run for calibration by what `nodeLab`
 * would measure them with, so that calibrated codecs give the same bytes.
 * @throws LabError no-webgpu if an adapter is asked for and there is none
 */
export async function nodeCodingLab(adapter: string | undefined, compute: ComputeChoice): Promise<Lab> {
  const gpu = compute === 'cpu' ? undefined : await openGpu(adapter, compute);
  if (!measuresOnCpu(compute, gpu)) return labOn(gpu);
  if (!gpu) return nodeCpuLab(await nodeRuntime());
  return { ...labOn(gpu), cpu: await nodeRuntime().catch(() => undefined) };
}

/** Creates the lab in Node without an adapter. */
export function nodeCpuLab(cpu: OnnxRuntime): Lab {
  return { ...labOn(undefined), cpu };
}

/** Creates the lab in Node with an open GPU. */
export function nodeLabOn(gpu: Gpu): GpuLab {
  return { ...labOn(gpu), gpu };
}

function labOn(gpu: Gpu | undefined): Lab {
  if (gpu && !gpu.info.software)
    gpu.kernelMemory = fileKernelMemory(join(projectFolder(), '.cache/kernels.json'));
  const data = folderFiles(publicFolder('data'));
  let python: PythonSandbox | undefined;
  return {
    ...(gpu && { gpu }),
    // A software adapter also computes in main memory.
    ...((gpu?.info.software ?? true) && MAIN_MEMORY),
    processor: gpu ? gpuProcessor(gpu) : hostProcessor(REFERENCES),
    spool,
    tokenCache: folderTokenCache(join(projectFolder(), '.cache/tokens')),
    answerCache: folderAnswerCache(join(projectFolder(), '.cache/answers')),
    runtime: `Node ${process.versions.node}`,
    openModel,
    openDelta: async (path, base, signal) =>
      openDeltaModel(basename(path), await openLocal(path), await modelFiles(base, signal), signal),
    openText: async (id, signal) =>
      EMBEDDED_DATA.has(id)
        ? loadText(id, data, signal)
        : textFromFile(basename(id), await readLocal(id, signal)),
    openImages: async (id, signal) =>
      EMBEDDED_DATA.has(id) ? loadImages(id, data, signal) : localImages(id, signal),
    openPython: async () => (python ??= nodePython()),
    openExamples: async (id, signal) =>
      TASK_DATA.has(id)
        ? loadTaskExamples(id, data, signal)
        : textFromFile(basename(id), await readLocal(id, signal)),
  };
}

/** Number of artefacts that this process has kept on disk. */
let spooled = 0;

function spool(): SpoolSink {
  const folder = join(projectFolder(), '.cache/artefacts');
  // What cannot be deleted costs disk space only.
  if (spooled === 0) void removeAbandonedSpools(folder).catch(() => undefined);
  return new SpoolSink(spoolPath(folder, spooled++));
}

/** Opens the adapter. @returns undefined if there is none, and none was asked for */
async function openGpu(adapter: string | undefined, compute: ComputeChoice): Promise<Gpu | undefined> {
  try {
    return await Gpu.open(openDawn(adapter));
  } catch (error) {
    if (!(error instanceof LabError && error.code === 'no-webgpu')) throw error;
    if (adapter === undefined && compute !== 'gpu') return undefined;
    if (adapter !== undefined) throw error;
    throw new LabError(
      error.code,
      error.message,
      `${error.remedy} Without an adapter, use --compute cpu.`,
      error,
    );
  }
}
