import { existsSync, readFileSync, statSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { parseJsonObject } from '../../src/models/load/json';
import { embeddedModel, isEmbedded } from '../../src/models/embedded';
import { architectureFor } from '../../src/models/registry';
import { embeddedPlanModel, isModelDelta, type PlanModel, type PlanNames } from '../../src/lab/plan/build';
import { EMBEDDED_DATA, EMBEDDED_MODELS, measuredTask, type Task } from '../../src/lab/plan/presets';
import { isModelFile } from '../../src/models/load/modelFile';
import { hubModel } from '../../src/platform/node/hub/models';
import { modelFilePlace } from '../../src/platform/node/models';
import { usage } from './options';

/**
 * Resolves the names of plans on the command line. A model may also be one of the hub that was looked up, a folder in hub layout or
 * a GGUF file, and data may be a file. Embedded names take precedence.
 */
export const CLI_PLAN_NAMES: PlanNames = {
  model(name) {
    if (isEmbedded(name))
      return embeddedPlanModel(name) ?? { id: name, task: measuredTask(name, embeddedModel(name).task) };
    return hubModel(name) ?? folderModel(name);
  },
  file(name) {
    const path = resolve(name);
    if (hubModel(name)) return name;
    if (existsSync(path) && (isModelFile(path) || isModelDelta(path) || statSync(path).isDirectory()))
      return path;
    if (existsSync(path))
      throw usage(
        `${path} is neither a GGUF or ONNX file, a delta (FILE.delta) nor a folder, and files of other formats cannot be measured on their own.`,
        'Name the folder with config.json and the weights; docs/formats.md lists the formats.',
      );
    throw usage(
      `There is no file or folder "${name}" to measure: ${path} does not exist.`,
      'Name a GGUF or ONNX file, a delta (FILE.delta), a folder in hub layout, or a model of the hub as owner/name.',
    );
  },
  examples: existingExamples,
  data(name) {
    const task = EMBEDDED_DATA.get(name);
    return task ? { id: name, task } : { id: existingFile(name, 'data set', EMBEDDED_DATA) };
  },
};

function folderModel(name: string): PlanModel {
  const id = resolve(name);
  const isFile = isModelFile(id) && existsSync(id);
  // Every GGUF architecture that the lab reads is a language model. An invalid file is reported when it is opened.
  if (isFile && !/\.onnx$/i.test(id)) return { id, task: 'language-model' };
  const config = join(isFile ? modelFilePlace(id).folder : id, 'config.json');
  if (!existsSync(config))
    throw usage(
      `There is no model "${name}": it is not embedded, and ${config} does not exist.`,
      `Name one of ${[...EMBEDDED_MODELS.keys()].join(', ')}, a model of the hub as owner/name, a folder in its layout, a GGUF file, or an ONNX file beside its config.json.`,
    );
  const values = parseJsonObject('config.json', contentOf(config));
  return { id, task: measuredTask(name, architectureFor(values).configure(values).task) };
}

function contentOf(path: string): Uint8Array {
  try {
    return readFileSync(path);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    throw usage(`${path} cannot be read (${code}).`, 'Check the path and its permissions.');
  }
}

function existingExamples(name: string): string {
  const path = resolve(name);
  if (existsSync(path) && statSync(path).isFile()) return path;
  throw usage(`There is no file "${name}" with examples: ${path} does not exist.`, 'Name a file.');
}

function existingFile(name: string, what: string, known: ReadonlyMap<string, Task>): string {
  const path = resolve(name);
  if (existsSync(path) && statSync(path).isFile()) return path;
  throw usage(
    `There is no ${what} "${name}": it is not embedded, and ${path} is not a file.`,
    `Name one of ${[...known.keys()].join(', ')}, or a file.`,
  );
}
