import { embeddedFiles, isEmbedded } from '../../models/embedded';
import type { FileSource, OnBytes } from '../../models/load/files';
import type { PickedModel } from '../../models/load/pickedFiles';
import type { Model } from '../../models/model';

/**
 * Opens models by name: embedded ones, downloads in the browser's storage, and chosen files. Embedded models stay open.
 * Of the others only the last one does, since some hold their file in memory.
 */
export class PageModels {
  /** The chosen files with examples of tasks, by name. */
  readonly examples = new Map<string, Blob>();
  private readonly base: string;
  private readonly picked = new Map<string, PickedModel>();
  private readonly opened = new Map<string, Promise<Model>>();

  /** @param base the URL of the page's folder */
  constructor(base: string) {
    this.base = base;
  }

  pick(model: PickedModel): void {
    this.opened.delete(model.id);
    this.picked.set(model.id, model);
  }

  forget(name: string): void {
    this.opened.delete(name);
  }

  /** @throws LabError bad-plan for an unknown name, and what `loadModel` throws; Cancelled */
  open(name: string, signal?: AbortSignal, onProgress?: OnBytes): Promise<Model> {
    const before = this.opened.get(name);
    if (before) return before;
    const model = this.load(name, signal, onProgress);
    this.opened.set(name, model);
    model.catch(() => this.opened.delete(name));
    return model;
  }

  /** Opens the model that a chosen delta restores. @throws LabError bad-plan for an unknown name; as `openDeltaModel`; Cancelled */
  async openDelta(name: string, base: string, signal?: AbortSignal): Promise<Model> {
    const { openPickedDelta } = await import('./otherModels');
    return openPickedDelta(name, this.picked.get(name), await this.files(base), signal);
  }

  /**
   * Returns the files of a model in hub layout.
   * @throws LabError bad-plan for an unknown name, and for a model in one file
   */
  async files(name: string): Promise<FileSource> {
    if (isEmbedded(name)) return embeddedFiles(name, this.base);
    const { checkpointFiles } = await import('./otherModels');
    return checkpointFiles(name, this.picked.get(name));
  }

  private async load(name: string, signal?: AbortSignal, onProgress?: OnBytes): Promise<Model> {
    if (isEmbedded(name)) {
      const { loadModel } = await import('../../models/load/load');
      return loadModel(embeddedFiles(name, this.base), signal, onProgress);
    }
    for (const other of this.opened.keys())
      if (!isEmbedded(other) && other !== name) this.opened.delete(other);
    const { openOther } = await import('./otherModels');
    return openOther(name, this.picked.get(name), signal, onProgress);
  }
}
