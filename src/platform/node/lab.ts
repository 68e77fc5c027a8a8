import { totalmem } from 'node:os';
import { basename, join } from 'node:path';
import { loadImages, loadText, textFromFile } from '../../data/datasets';
import { Gpu } from '../../gpu/gpu';
import { measuresOnCpu, type ComputeChoice } from '../../lab/compute';
import type { Lab } from '../../lab/lab';
import { EMBEDDED_DATA } from '../../lab/plan/presets';
import { openDawn } from './dawn';
import { nodeRuntime } from './onnxRuntime';
import { openModel } from './models';
import { folderFiles } from './folder';
import { readLocal } from './localFile';
import { localImages } from './localImages';
import { projectFolder, publicFolder } from './paths';
import { folderTokenCache } from './tokenCache';

/** The share of main memory that measuring may take. */
const MAIN_MEMORY = { memoryBytes: Math.floor(0.75 * totalmem()) };

/** Creates the lab in Node. Dawn computes; models and data come from the project's public folder or from local paths. */
export async function nodeLab(adapter?: string, compute: ComputeChoice = 'gpu'): Promise<Lab> {
  const lab = nodeLabOn(await Gpu.open(openDawn(adapter)));
  return measuresOnCpu(compute, lab.gpu) ? { ...lab, ...MAIN_MEMORY, cpu: await nodeRuntime() } : lab;
}

/** Creates the lab in Node with an open GPU. */
export function nodeLabOn(gpu: Gpu): Lab {
  const data = folderFiles(publicFolder('data'));
  return {
    gpu,
    // A software adapter also computes in main memory.
    ...(gpu.info.software && MAIN_MEMORY),
    tokenCache: folderTokenCache(join(projectFolder(), '.cache/tokens')),
    runtime: `Node ${process.versions.node}`,
    openModel,
    openText: async (id, signal) =>
      EMBEDDED_DATA.has(id)
        ? loadText(id, data, signal)
        : textFromFile(basename(id), await readLocal(id, signal)),
    openImages: async (id, signal) =>
      EMBEDDED_DATA.has(id) ? loadImages(id, data, signal) : localImages(id, signal),
  };
}
