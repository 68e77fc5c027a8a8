import { dataFiles, loadTaskExamples, loadImages, loadText, textFromFile } from '../../data/datasets';
import type { Gpu } from '../../gpu/gpu';
import { processorFor, type Lab } from '../../lab/lab';
import type { PythonSandbox } from '../../python/sandbox';
import { browserAnswerCache } from './answerCache';
import { browserKernelMemory } from './kernelMemory';
import type { PageModels } from './models';
import { browserTokenCache } from './tokenCache';

/**
 * Creates the lab in the browser, which reads its data from the page's folder.
 * @param gpu absent where there is no adapter
 * @param base the URL of the page's folder
 * @param runtime the browser's name and version
 */
export function browserLab(
  gpu: Gpu | undefined,
  models: PageModels,
  base: string,
  runtime: string,
  wasHidden: () => boolean,
): Lab {
  if (gpu && !gpu.info.software) gpu.kernelMemory = browserKernelMemory();
  let python: Promise<PythonSandbox> | undefined;
  return {
    ...(gpu && { gpu }),
    processor: processorFor(gpu),
    runtime,
    tokenCache: browserTokenCache(),
    answerCache: browserAnswerCache(),
    wasHidden,
    openModel: (id, signal, onProgress) => models.open(id, signal, onProgress),
    openDelta: (name, basis, signal) => models.openDelta(name, basis, signal),
    openText: (id, signal) => loadText(id, dataFiles(base), signal),
    openImages: (id, signal) => loadImages(id, dataFiles(base), signal),
    openPython: () => (python ??= import('./python').then(({ browserPython }) => browserPython())),
    openExamples: async (id, signal) => {
      const file = models.examples.get(id);
      if (!file) return loadTaskExamples(id, dataFiles(base), signal);
      return textFromFile(id, new Uint8Array(await file.arrayBuffer()));
    },
  };
}
