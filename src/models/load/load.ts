import { LabError, throwIfAborted } from '../../base/errors';
import { assertFinite } from '../../base/finite';
import type { FileTensor } from '../../formats/fileTensor';
import type { QuantisedCheckpoint } from '../../formats/quantised/types';
import { toFloat32 } from '../../formats/safetensors/read';
import type { Architecture, ModelShape, TensorSpec } from '../architecture';
import type { FileSource, OnBytes } from './files';
import { HEADS } from './heads';
import { parseJsonObject } from './json';
import { loadWeights, type Weights } from './weights';
import type { Model } from '../model';
import { toCanonical } from './orientation';
import { denoiserFiles } from './pipeline';
import { architectureFor } from '../registry';
import { isQuantised, withoutQuantisation } from './quantisation';
import { tokenizerFromVocab } from '../tokenizer/vocab';
import { sameValues } from './sameValues';

/** The name of the file that describes a diffusion model's noise schedule. */
export const SCHEDULER_FILE = 'scheduler_config.json';

/** Files that a model keeps with its weights, if it has them. */
export const ASSETS = [
  'tokenizer.json',
  'tokenizer_config.json',
  'preprocessor_config.json',
  'generation_config.json',
  SCHEDULER_FILE,
];

const FLOATS = new Set(['F32', 'F16', 'BF16', 'F8_E4M3', 'F8_E5M2']);
/** Names of constants that some exporters store with the weights: causal masks, rotary frequencies, position indices. */
const BUFFER =
  /(^|\.)((attn|attention)\.(masked_)?bias|attn\.causal_mask|rotary_emb\.inv_freq|position_ids)$/;

/**
 * Loads a model in Hugging Face hub layout: config.json, then the tensors of its architecture, with or without the
 * architecture's prefix. Of a pipeline of diffusers the transformer is loaded. Shapes and types are checked here, values when they are read. If the source can read ranges of files,
 * weights stay on disk and `Model.tensor` reads one tensor at a time. Quantised weights are restored to float32 then.
 * @throws LabError unsupported for an unknown architecture or type; bad-file for tensors that are missing or have the wrong
 *   shape; network; Cancelled
 */
export async function loadModel(
  source: FileSource,
  signal?: AbortSignal,
  onProgress?: OnBytes,
): Promise<Model> {
  const files = await denoiserFiles(source, SCHEDULER_FILE, signal);
  const folder = await openFolder(files, signal);
  const weights = await loadWeights(files, signal, onProgress);
  verifyChecksum(files, weights.sha256);
  throwIfAborted(signal);
  const { config, shape, architecture } = folder;
  // Readers of quantised checkpoints are loaded when they are needed.
  const checkpoint = isQuantised(config, weights.tensors)
    ? await (await import('./quantised')).openQuantised(config, shape, architecture.prefix, weights.tensors)
    : undefined;
  return assemble(files, folder, { weights, checkpoint, isRestored: checkpoint !== undefined }, signal);
}

/**
 * Loads a model in Hugging Face hub layout whose weights are in an ONNX file of the folder, as transformers.js has them.
 * @param name the file, perhaps in a folder below
 * @throws LabError as loadModel
 */
export async function loadOnnxModel(
  files: FileSource,
  name: string,
  signal?: AbortSignal,
  onProgress?: OnBytes,
): Promise<Model> {
  const folder = await openFolder(files, signal);
  const { openOnnx } = await import('./onnx');
  const { shape, architecture, hyperparameters } = folder;
  const { untied, ...opened } = await openOnnx(
    files,
    name,
    { shape, prefix: architecture.prefix },
    { signal, onProgress },
  );
  throwIfAborted(signal);
  const id = name.slice(name.lastIndexOf('/') + 1);
  if (!untied) return { ...(await assemble(files, folder, opened, signal)), id };
  const own = { ...hyperparameters, tie_word_embeddings: false };
  const separate = { ...folder, hyperparameters: own, shape: architecture.configure(own) };
  return { ...(await assemble(files, separate, opened, signal)), id };
}

/** What a folder in hub layout has beside its weights. */
interface Folder {
  /** config.json, and without what describes a quantisation. */
  config: Model['config'];
  hyperparameters: Model['config'];
  architecture: Architecture;
  shape: ModelShape;
  assets: Map<string, Uint8Array>;
}

async function openFolder(files: FileSource, signal?: AbortSignal): Promise<Folder> {
  const config = parseJsonObject('config.json', await files.read('config.json', { signal }));
  const hyperparameters = withoutQuantisation(config);
  const architecture = architectureFor(hyperparameters);
  const shape = architecture.configure(hyperparameters);
  const assets = await loadAssets(files, config, signal);
  return { config, hyperparameters, architecture, shape, assets };
}

interface OpenedWeights {
  weights: Weights;
  /** The tensors under the names of the float checkpoint, where the files have other ones. */
  checkpoint: QuantisedCheckpoint | undefined;
  /** Whether weights are restored from codes. */
  isRestored: boolean;
}

async function assemble(
  files: FileSource,
  { architecture, shape, assets, hyperparameters }: Folder,
  { weights, checkpoint, isRestored }: OpenedWeights,
  signal: AbortSignal | undefined,
): Promise<Model> {
  const { tensors } = checkpoint ?? weights;
  const found = findTensors(architecture, shape, tensors);
  await checkTiedHead(shape, found, tensors, signal);
  return {
    id: files.id,
    source: files.source,
    revision: files.revision,
    sha256: weights.sha256,
    config: hyperparameters,
    ...(isRestored && { quantised: checkpoint!.scheme }),
    stored: async () => (await import('./quantised')).storedWeights(checkpoint, found, weights),
    shape,
    assets,
    tensor: (spec) => canonicalValues(spec, found.get(spec.name)),
  };
}

function verifyChecksum({ id, weightsSha256 }: FileSource, sha256: string): void {
  if (weightsSha256 === undefined || weightsSha256 === sha256) return;
  throw new LabError(
    'bad-file',
    `The weights of ${id} differ from those of this version: their SHA-256 is ${sha256}.`,
    'Reload the page without its cache, or install the program again.',
  );
}

async function loadAssets(
  files: FileSource,
  config: Model['config'],
  signal?: AbortSignal,
): Promise<Map<string, Uint8Array>> {
  const read = async (name: string) =>
    (await files.has(name, signal)) ? files.read(name, { signal }) : undefined;
  const assets = new Map<string, Uint8Array>();
  for (const name of ASSETS) {
    const bytes = await read(name);
    if (bytes) assets.set(name, bytes);
  }
  const built = assets.has('tokenizer.json') ? undefined : await tokenizerFromVocab(config, read);
  return built ? assets.set('tokenizer.json', built) : assets;
}

/** Returns a copy of a tensor's values in float32, canonical: [out, in] with rows in canonical order. */
async function canonicalValues(spec: TensorSpec, stored: FileTensor | undefined): Promise<Float32Array> {
  if (!stored) throw bad(`The checkpoint has no tensor ${spec.name}.`);
  const { dtype, owned } = stored;
  const bytes = await stored.read();
  const values = toFloat32({ dtype, bytes });
  assertFinite(spec.name, values);
  const canonical = toCanonical(spec, values);
  return !owned && canonical.buffer === bytes.buffer ? canonical.slice() : canonical;
}

function findTensors(
  architecture: Architecture,
  shape: ModelShape,
  tensors: Weights['tensors'],
): Map<string, FileTensor> {
  const names = (name: string) =>
    name.startsWith(architecture.prefix) ? [name, name.slice(architecture.prefix.length)] : [name];
  const look = (name: string) =>
    names(name)
      .map((n) => tensors.get(n))
      .find(Boolean);
  const found = new Map<string, FileTensor>();
  for (const spec of shape.tensors) {
    const stored = look(spec.name) ?? (isTiedTable(shape, spec) ? storedHead(tensors) : undefined);
    if (stored) found.set(spec.name, stored);
  }
  checkAll(shape, found);
  const known = new Set(shape.tensors.flatMap((spec) => names(spec.name)));
  checkExtras(shape, known, tensors.keys(), names);
  return found;
}

function isTiedTable(shape: ModelShape, spec: TensorSpec): boolean {
  return shape.tiedHead && spec.name === shape.program.head.weight;
}

function storedHead(tensors: Weights['tensors']): FileTensor | undefined {
  return HEADS.map((name) => tensors.get(name)).find(Boolean);
}

function checkAll(shape: ModelShape, found: ReadonlyMap<string, FileTensor>): void {
  const missing = shape.tensors.filter((spec) => !found.has(spec.name)).map((spec) => spec.name);
  if (missing.length > 0)
    throw bad(`The checkpoint lacks ${listed(missing)}, which its config.json requires.`);
  for (const spec of shape.tensors) checkTensor(spec, found.get(spec.name)!);
}

function checkTensor(spec: TensorSpec, { dtype, shape }: FileTensor): void {
  if (String(shape) !== String(spec.shape))
    throw bad(`Tensor ${spec.name} has shape [${shape}], but config.json requires [${spec.shape}].`);
  if (!FLOATS.has(dtype))
    throw new LabError(
      'unsupported',
      `Tensor ${spec.name} is stored as ${dtype}, which is not supported.`,
      'Use a checkpoint in float32, float16 or bfloat16.',
    );
}

/** Checks that a tied head that is stored as well equals the embedding; otherwise the model is another one. */
async function checkTiedHead(
  shape: ModelShape,
  found: ReadonlyMap<string, FileTensor>,
  tensors: ReadonlyMap<string, FileTensor>,
  signal?: AbortSignal,
): Promise<void> {
  const head = shape.tiedHead ? storedHead(tensors) : undefined;
  const table = found.get(shape.program.head.weight);
  if (!head || !table || head === table) return;
  if (await sameValues(head, table, signal)) return;
  throw bad(
    `config.json ties the head to ${shape.program.head.weight}, but the checkpoint has a different head.`,
  );
}

/**
 * Refuses weights inside the blocks that the program does not use: the architecture is another one, and results would be
 * wrong.
 */
function checkExtras(
  shape: ModelShape,
  known: ReadonlySet<string>,
  stored: Iterable<string>,
  names: (name: string) => string[],
): void {
  const blocks = shape.tensors
    .filter((spec) => spec.block !== undefined)
    .flatMap((spec) => names(spec.name.slice(0, spec.name.indexOf(`.${spec.block}.`) + 1)));
  const roots = [...new Set(blocks)];
  for (const name of stored) {
    if (known.has(name) || BUFFER.test(name) || !roots.some((root) => name.startsWith(root))) continue;
    throw new LabError(
      'unsupported',
      `The checkpoint holds ${name}, which the ${shape.architecture} architecture of its config.json does not use.`,
      'Check that config.json belongs to these weights.',
    );
  }
}

function listed(names: readonly string[]): string {
  const more = names.length > 3 ? ` and ${names.length - 3} more` : '';
  return names.slice(0, 3).join(', ') + more;
}

function bad(message: string): LabError {
  return new LabError(
    'bad-file',
    message,
    'Check that config.json belongs to these weights, or download both again.',
  );
}
