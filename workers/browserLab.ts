import { dataFiles, loadImages, loadText } from '../src/data/datasets';
import type { Gpu } from '../src/gpu/gpu';
import type { Lab } from '../src/lab/lab';
import { embeddedFiles } from '../src/models/embedded';
import { loadModel } from '../src/models/load';
import type { Model } from '../src/models/model';
import { browserTokenCache } from './tokenCache';

/**
 * The lab in the browser: embedded models and data come from beside the page.
 * @param base URL of the page's folder
 * @param runtime the browser's name and version
 */
export function browserLab(gpu: Gpu, base: string, runtime: string, wasHidden: () => boolean): Lab {
  const models = new Map<string, Promise<Model>>();
  return {
    gpu,
    runtime,
    tokenCache: browserTokenCache(),
    wasHidden,
    openModel(id, signal) {
      let model = models.get(id);
      if (!model) {
        model = loadModel(embeddedFiles(id, base), signal);
        models.set(id, model);
        model.catch(() => models.delete(id));
      }
      return model;
    },
    openText: (id, signal) => loadText(id, dataFiles(base), signal),
    openImages: (id, signal) => loadImages(id, dataFiles(base), signal),
  };
}
