import { LabError } from '../../base/errors';
import { systemClock, type Clock } from './clock';
import { fetchConfiguration } from './configuration';
import { findModel } from './findModel';
import { readManifest } from './manifest';
import { splitHubId, type HubId } from './origin';
import type { RequestContext } from './request';
import { isComplete, storedBytes } from './stored';
import { findCommit, listFiles } from './tree';
import type { Hub, HubFile, HubModel } from './types';

/** A quantised model in a repository that plans can name as a file: a GGUF or ONNX file, or the repository as a whole. */
export interface QuantisedFile {
  /** Its name in plans: `owner/name@commit`, followed by the path of a GGUF or ONNX file. */
  name: string;
  /** What people choose by: the path of the file, or the method of the repository. */
  label: string;
  /** The size of the weights in bytes. */
  bytes: number;
  /** What has to be downloaded to measure it. */
  model: HubModel;
}

const MAIN = 'main';
const GGUF_FILE = /^[\w.-]+\.gguf$/i;
/** ONNX graphs of transformers.js, which lie in a folder of their own. */
const ONNX_FILE = /^(onnx\/)?[\w.-]+\.onnx$/i;
/** ONNX graphs that are not whole language models: encoders, decoders without the first step, and parts. */
const NOT_A_GRAPH = /encoder|with_past|embed_tokens|vision|projector/i;
/** Files beside an ONNX graph that the model needs, if they are there. */
const BESIDE_ONNX = ['config.json', 'tokenizer.json', 'tokenizer_config.json'];
/** GGUF files that are not whole language models: parts of a split file, projectors of images, importance matrices. */
const NOT_A_MODEL = /-\d{5}-of-\d{5}\.gguf$|mmproj|imatrix/i;
const WEIGHTS = /\.(safetensors|bin)$/;

/** The parts of the name of a GGUF or ONNX file on the hub. */
export interface HubFileName extends HubId {
  /** The path of the file in the repository. */
  file: string;
}

/** Splits `owner/name/FILE.gguf`, `owner/name@commit/FILE.gguf` or `owner/name/onnx/FILE.onnx`; undefined for other names. */
export function splitHubFile(name: string): HubFileName | undefined {
  const parts = name.split('/');
  const [id, file] = [parts.slice(0, 2).join('/'), parts.slice(2).join('/')];
  if (!GGUF_FILE.test(file) && !ONNX_FILE.test(file)) return undefined;
  try {
    return { ...splitHubId(id), file };
  } catch {
    return undefined;
  }
}

interface ListOptions {
  signal?: AbortSignal;
  clock?: Clock;
}

/**
 * Lists the quantised models of a repository, the smallest first: its GGUF and ONNX files, and the checkpoint as a whole if its
 * config.json says that it is quantised.
 * @param name `owner/name`, perhaps with `@revision`
 * @throws LabError bad-input (no such repository, or not accessible), bad-file, network; Cancelled
 */
export async function listQuantisedFiles(
  hub: Hub,
  name: string,
  { signal, clock = systemClock }: ListOptions = {},
): Promise<QuantisedFile[]> {
  const { id, revision: asked = MAIN } = splitHubId(name);
  const context: RequestContext = { hub, clock, signal };
  const revision = await findCommit(context, id, asked);
  const files = await listFiles(context, { id, revision });
  const found = [...files.values()].filter(isModel).map((file) => modelFile({ id, revision }, file, files));
  const whole = await checkpointOf(hub, { id, revision }, files, signal);
  return [...(whole ? [whole] : []), ...found].sort((a, b) => a.bytes - b.bytes);
}

/**
 * Looks up one GGUF or ONNX file of a repository.
 * @throws LabError bad-input if there is no such file; as listQuantisedFiles
 */
export async function findHubFile(
  hub: Hub,
  { id, revision, file }: HubFileName,
  { signal, clock = systemClock }: ListOptions = {},
): Promise<HubModel> {
  const context: RequestContext = { hub, clock, signal };
  const commit = await findCommit(context, id, revision ?? MAIN);
  const files = await listFiles(context, { id, revision: commit });
  const found = files.get(file);
  if (found) return modelFile({ id, revision: commit }, found, files).model;
  throw new LabError('bad-input', `${id} has no file ${file}.`, 'Look at the list of files on its page.');
}

/** Adds the files of the same commit that are stored completely, so that a download does not make the store forget them. */
export async function withStoredFiles({ store }: Hub, model: HubModel): Promise<HubModel> {
  const manifest = await readManifest(store, model);
  if (!manifest) return model;
  const stored = await storedBytes(store, manifest);
  const names = new Set(model.files.map(({ name }) => name));
  const kept: HubFile[] = [];
  for (const file of manifest.files)
    if (!names.has(file.name) && (await isComplete(store, manifest, file, stored.get(file.name)!)))
      kept.push(file);
  return { ...model, files: [...kept, ...model.files] };
}

function isModel({ name }: HubFile): boolean {
  if (GGUF_FILE.test(name)) return !NOT_A_MODEL.test(name);
  return ONNX_FILE.test(name) && !NOT_A_GRAPH.test(name);
}

/** Describes a GGUF file, or an ONNX file with the files that it needs: its values, if they are apart, config.json and tokenizer. */
function modelFile(
  { id, revision }: { id: string; revision: string },
  file: HubFile,
  files: ReadonlyMap<string, HubFile>,
): QuantisedFile {
  const isOnnx = ONNX_FILE.test(file.name);
  const values = isOnnx ? [...files.values()].filter(({ name }) => name.startsWith(`${file.name}_data`)) : [];
  const beside = isOnnx ? BESIDE_ONNX.flatMap((name) => files.get(name) ?? []) : [];
  return {
    name: `${id}@${revision}/${file.name}`,
    label: file.name,
    bytes: [file, ...values].reduce((sum, { bytes }) => sum + bytes, 0),
    model: { id, revision, files: [file, ...values, ...beside] },
  };
}

/** Returns the repository as a whole if it holds a quantised checkpoint. */
async function checkpointOf(
  hub: Hub,
  key: { id: string; revision: string },
  files: ReadonlyMap<string, HubFile>,
  signal: AbortSignal | undefined,
): Promise<QuantisedFile | undefined> {
  const config = files.get('config.json');
  if (!config) return undefined;
  const { quantization_config: settings, quantization } = await fetchConfiguration(
    hub,
    { ...key, files: [config] },
    signal,
  );
  const method = methodText(settings ?? quantization);
  if (method === undefined) return undefined;
  const { id, revision } = key;
  const model = await findModel(hub, id, { revision, signal });
  const bytes = model.files.reduce((sum, file) => sum + (WEIGHTS.test(file.name) ? file.bytes : 0), 0);
  return { name: `${id}@${revision}`, label: method, bytes, model };
}

function methodText(settings: unknown): string | undefined {
  if (typeof settings !== 'object' || settings === null) return undefined;
  const { quant_method: method, bits } = settings as { quant_method?: unknown; bits?: unknown };
  const name = typeof method === 'string' ? method.slice(0, 40) : 'MLX';
  return `checkpoint, ${name}${typeof bits === 'number' ? `, ${bits} bits` : ''}`;
}
