import { LabError } from '../base/errors';
import type { MeasuredTask, ModelShape } from './architecture';
import { fetchFiles, type FileSource } from './load/files';

/** A model that is part of the page (public/models/<id>, with its licence and checksums). */
export interface EmbeddedModel<T extends ModelShape['task'] = MeasuredTask> {
  id: string;
  label: string;
  task: T;
  architecture: string;
  parameters: number;
  /** Size of the weights' file in bytes. */
  bytes: number;
  /** SHA-256 of the weights' file. */
  sha256: string;
  /** Id of the data set that is measured by default. */
  data: string;
  /** Id of the data set that calibrated codecs use by default, if it is not that of all models of the task. */
  calibration?: string;
  /** Default number of tokens per window; absent for images. */
  context?: number;
  licence: string;
  source: string;
  files: readonly string[];
}

const TEXT_FILES = ['config.json', 'model.safetensors', 'tokenizer.json', 'tokenizer_config.json'];

/** The embedded models that can be compressed. */
export const embeddedModels: readonly EmbeddedModel[] = [
  {
    id: 'stories260K',
    label: 'stories260K (Llama, 0.26 M)',
    task: 'language-model',
    architecture: 'llama',
    parameters: 260_032,
    bytes: 1_044_992,
    sha256: '407a7c581bdd66972383ce9ad24857713fb98786d06ea564a2fe9b34ebe77dfd',
    data: 'tinystories',
    context: 128,
    licence: 'MIT',
    source: 'https://huggingface.co/karpathy/tinyllamas',
    files: TEXT_FILES,
  },
  {
    id: 'gpt2-tinystories',
    label: 'gpt2-tinystories (GPT-2, 3.7 M)',
    task: 'language-model',
    architecture: 'gpt2',
    parameters: 3_749_376,
    bytes: 15_002_608,
    sha256: 'd8db2f7ad1bdd15d98a5ffe32523928979b2e1a40078e786e009e567fa1b3f95',
    data: 'tinystories',
    context: 128,
    licence: 'Apache-2.0',
    source: 'trained for Bitcurve',
    files: TEXT_FILES,
  },
  {
    id: 'skills',
    label: 'skills (Llama, 0.56 M)',
    task: 'language-model',
    architecture: 'llama',
    parameters: 557_952,
    bytes: 1_118_952,
    sha256: '3c3978b6cd44e07e71bf3c9490cfbedbe67e3fde990f7814106054de7bc32f68',
    data: 'skills',
    calibration: 'skills-calibration',
    context: 128,
    licence: 'Apache-2.0',
    source: 'trained for Bitcurve',
    files: TEXT_FILES,
  },
  {
    id: 'vit-cifar10',
    label: 'vit-cifar10 (ViT, 1.2 M)',
    task: 'image-classification',
    architecture: 'vit',
    parameters: 1_205_898,
    bytes: 4_835_168,
    sha256: '9552eb8d656efa9c7f0443fcd4c09cea979fda7940f93d357125b47c9fa1514f',
    data: 'cifar-10',
    licence: 'Apache-2.0',
    source: 'trained for Bitcurve',
    files: ['config.json', 'model.safetensors', 'preprocessor_config.json'],
  },
];

/** Embedded models that are meant for training; menus and sweeps over all models omit them. */
export const trainingModels: readonly EmbeddedModel[] = [
  {
    id: 'tiny-classifier',
    label: 'tiny-classifier (linear, 7,850)',
    task: 'image-classification',
    architecture: 'tiny-classifier',
    parameters: 7850,
    bytes: 31576,
    sha256: '87cb2009fb9bed59175512ef56184e183d043c71c71ab0f9a181bef951f07e8f',
    data: 'fashion-mnist',
    licence: 'Apache-2.0',
    source: 'trained for Bitcurve',
    files: ['config.json', 'model.safetensors', 'preprocessor_config.json'],
  },
];

/** The embedded diffusion models and the classifier that judges their images; menus and sweeps over all models omit them. */
export const imageModels: readonly EmbeddedModel<ModelShape['task']>[] = [
  {
    id: 'dit-fashion-mnist',
    label: 'dit-fashion-mnist (DiT, 2.1 M)',
    task: 'image-diffusion',
    architecture: 'dit',
    parameters: 2_123_152,
    bytes: 8_505_976,
    sha256: 'c8fc59ae8738a2330f1d6faa1febeeaaeadf09407fe2d677353af36596d7ef5d',
    data: 'fashion-mnist',
    licence: 'Apache-2.0',
    source: 'trained for Bitcurve',
    files: ['config.json', 'diffusion_pytorch_model.safetensors', 'scheduler_config.json'],
  },
  {
    id: 'vit-fashion-mnist',
    label: 'vit-fashion-mnist (ViT, 0.46 M)',
    task: 'image-classification',
    architecture: 'vit',
    parameters: 455_050,
    bytes: 1_828_040,
    sha256: 'efbbffadcbfef24cac57680c4411ac18f2d0a9bcff76be8fdadb4cb2b41d1a8f',
    data: 'fashion-mnist',
    licence: 'Apache-2.0',
    source: 'trained for Bitcurve',
    files: ['config.json', 'model.safetensors', 'preprocessor_config.json'],
  },
];

const ALL: readonly EmbeddedModel<ModelShape['task']>[] = [
  ...embeddedModels,
  ...trainingModels,
  ...imageModels,
];

/** Returns whether a model ships with the page, whatever its use. */
export function isEmbedded(id: string): boolean {
  return ALL.some((model) => model.id === id);
}

/**
 * Returns the embedded model `id`, whatever its use.
 * @throws LabError bad-plan for an unknown id
 */
export function embeddedModel(id: string): EmbeddedModel<ModelShape['task']> {
  const found = ALL.find((model) => model.id === id);
  if (found) return found;
  throw new LabError(
    'bad-plan',
    `There is no embedded model ${JSON.stringify(id.slice(0, 80))}.`,
    `Choose one of ${embeddedModels.map((model) => model.id).join(', ')}.`,
  );
}

/**
 * Returns the files of an embedded model next to the page, fetched on demand.
 * @param base the URL of the page's folder
 * @throws LabError bad-plan for an unknown id
 */
export function embeddedFiles(id: string, base: string | URL): FileSource {
  const { files } = embeddedModel(id);
  const url = `${String(base).replace(/\/*$/, '')}/models/${id}`;
  return embeddedFolder(id, fetchFiles({ id, source: 'embedded', revision: '', url, files }));
}

/**
 * Returns the files of a folder as those of an embedded model. Loading it checks that its weights are those of this
 * version.
 */
export function embeddedFolder(id: string, files: FileSource): FileSource {
  const { sha256 } = embeddedModel(id);
  return { ...files, id, source: 'embedded', revision: sha256.slice(0, 12), weightsSha256: sha256 };
}
