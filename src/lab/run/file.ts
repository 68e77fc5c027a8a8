import { ErrorSums } from '../../base/errorSums';
import { LabError, throwIfAborted } from '../../base/errors';
import type { ModelShape, TensorSpec } from '../../models/architecture';
import type { Model, StoredWeights } from '../../models/model';
import { loadTokenizer } from '../../models/tokenizer/tokenizer';
import { denseWeights } from '../../runtime/forward/weights';
import type { LabRecord } from '../results/record';
import { FILE_CODEC, fileSpelling } from '../results/fileCodec';
import { assemble, type MeasuredRecord } from './measure';
import type { PlanSession } from './session';

/** Largest relative difference that storing a float in 16 bits makes, and the smallest half, for numbers near 0. */
const ROUNDING = 2 ** -8;
const SMALLEST_HALF = 2 ** -24;
/** Relative error of all quantised weights from which on a file was not made from the model: any file of 2 bits is far below. */
const OTHER_MODEL = 1;

/** A file of others that was opened and fits the session's model. */
export interface OpenedFile {
  model: Model;
  stored: StoredWeights;
}

/**
 * Opens a file or folder of a plan, and checks that it stores the session's model.
 * @throws LabError bad-input for another architecture, shape or tokenizer; what opening it throws; Cancelled
 */
export async function openFile(
  session: PlanSession,
  name: string,
  signal: AbortSignal | undefined,
): Promise<OpenedFile> {
  const model = await session.lab.openModel(name, signal);
  const stored = await model.stored?.();
  if (!stored) throw differs(model, session.model, 'it has no weights of its own');
  checkShape(session.model, model);
  await checkTokenizer(session, model, signal);
  return { model, stored };
}

/**
 * Measures a file of others: its weights, restored as the tool that made it restores them, under the session's evaluation, with the
 * bytes of the file. Only one file is in memory at a time, tensor by tensor, and on the GPU.
 * @throws LabError bad-input for a file of other weights; not-finite; Cancelled. Nothing stays allocated.
 */
export async function measureFile(
  session: PlanSession,
  { file, key }: { file: OpenedFile; key: string },
  signal: AbortSignal | undefined,
  say: (step: string, fraction: number) => void,
): Promise<MeasuredRecord> {
  const started = new Date();
  const { lab, evaluator } = session;
  const { model, stored } = file;
  say('comparing its weights', 0);
  const error = await compareWeights(session.model, file, signal);
  lab.gpu.buffers.resetPeak();
  say('restoring its weights', 0.2);
  const restoring = performance.now();
  const weights = await denseWeights(lab.gpu, model, signal);
  const decodeMs = performance.now() - restoring;
  try {
    const label = fileSpelling(model.id);
    const onProgress = (done: number, total: number) => say('measuring', 0.3 + (0.7 * done) / total);
    const evaluation = await evaluator.measure(weights, { label, signal, onProgress });
    const record = assemble(session, started, key, evaluation, {
      role: 'codec',
      artefactSha256: model.sha256,
      codec: {
        id: FILE_CODEC,
        options: { name: model.id, ...(stored.note !== undefined && { note: stored.note }) },
        spec: label,
        label: stored.scheme,
      },
      size: sizeOf(model, stored),
      error,
      verification: { fromArtefact: true, gpuMatchesReference: null },
    });
    return { record: { ...record, speed: { ...record.speed, decodeMs } } };
  } finally {
    weights.dispose();
  }
}

function sizeOf(
  { shape }: Model,
  { fileBytes, assetBytes, bytes, tensorBytes }: StoredWeights,
): LabRecord['size'] {
  const counted = fileBytes - assetBytes;
  const tensors = Object.values(bytes).reduce((sum, n) => sum + n, 0);
  const coded = shape.tensors.filter(({ name }) => tensorBytes.has(name));
  const codedWeights = coded.reduce((sum, tensor) => sum + elements(tensor), 0);
  const codedBytes = coded.reduce((sum, { name }) => sum + tensorBytes.get(name)!, 0);
  const { parameters } = shape;
  return {
    totalBytes: fileBytes,
    assetBytes,
    bitsPerWeight: (8 * counted) / parameters,
    // A file of floats has no coded weights; all of them count then.
    bitsPerCodedWeight: codedWeights > 0 ? (8 * codedBytes) / codedWeights : (8 * counted) / parameters,
    ratioFloat32: (4 * parameters) / counted,
    ratioFloat16: (2 * parameters) / counted,
    parts: { ...bytes, header: counted - tensors },
  };
}

function elements({ matrix: [rows, columns] }: TensorSpec): number {
  return rows * columns;
}

/** Refuses a file whose model has other tensors or another forward pass. */
function checkShape(base: Model, file: Model): void {
  if (base.shape.architecture !== file.shape.architecture)
    throw differs(
      file,
      base,
      `its architecture is ${file.shape.architecture}, not ${base.shape.architecture}`,
    );
  const own = new Map(file.shape.tensors.map((tensor) => [tensor.name, tensor]));
  for (const { name, matrix } of base.shape.tensors) {
    const other = own.get(name);
    if (!other) throw differs(file, base, `it has no tensor ${name}`);
    if (String(other.matrix) !== String(matrix))
      throw differs(file, base, `its tensor ${name} is [${other.matrix}], not [${matrix}]`);
    own.delete(name);
  }
  const [extra] = own.keys();
  if (extra !== undefined) throw differs(file, base, `it has a tensor ${extra} besides`);
  if (programOf(base.shape) !== programOf(file.shape))
    throw differs(
      file,
      base,
      'a setting of its forward pass, such as an epsilon or the rotary base, is another',
    );
}

/** Formats a forward pass with its numbers as float32, since GGUF stores an epsilon so. */
function programOf({ program }: ModelShape): string {
  return JSON.stringify(program, (_, value: unknown) =>
    typeof value === 'number' ? Math.fround(value) : value,
  );
}

/** Refuses a file whose tokenizer splits the measured text in another way. A folder without one takes the model's. */
async function checkTokenizer(
  { lab, plan, model }: PlanSession,
  file: Model,
  signal: AbortSignal | undefined,
): Promise<void> {
  const [own, base] = [file, model].map(({ assets }) => assets.get('tokenizer.json'));
  if (model.shape.task !== 'language-model' || !own || sameBytes(own, base)) return;
  const { text } = await lab.openText(plan.data, signal);
  const encode = async ({ assets }: Model) =>
    (await loadTokenizer(assets)).encode(text, { signal, cache: lab.tokenCache });
  const [theirs, ours] = [await encode(file), await encode(model)];
  const at = ours.findIndex((token, i) => token !== theirs[i]);
  if (at >= 0 || ours.length !== theirs.length)
    throw differs(
      file,
      model,
      `its tokenizer splits ${plan.data} in another way, from token ${Math.max(at, 0)} on`,
    );
}

function sameBytes(a: Uint8Array, b: Uint8Array | undefined): boolean {
  return a.length === b?.length && a.every((byte, i) => byte === b[i]);
}

/**
 * Compares the weights of a file with the model's. Weights that are not quantised must be the model's within rounding to 16 bits;
 * AWQ scales norms, and there only the tables of tokens and positions are compared.
 * @throws LabError bad-input naming the first tensor that is another
 */
async function compareWeights(
  base: Model,
  { model, stored }: OpenedFile,
  signal: AbortSignal | undefined,
): Promise<NonNullable<LabRecord['error']>> {
  const total = new ErrorSums();
  const layers: NonNullable<LabRecord['error']>['layers'] = [];
  const specs = new Map(model.shape.tensors.map((spec) => [spec.name, spec]));
  for (const spec of base.shape.tensors) {
    throwIfAborted(signal);
    const [weights, restored] = [await base.tensor(spec), await model.tensor(specs.get(spec.name)!)];
    const bytes = stored.tensorBytes.get(spec.name);
    if (bytes === undefined) {
      if (!scalesNorms(stored) || TABLES.has(spec.role)) checkKept(base, model, spec, weights, restored);
      continue;
    }
    const sums = new ErrorSums();
    sums.add(weights, restored);
    total.merge(sums);
    const { relativeL2, maxAbs } = sums;
    layers.push({
      name: spec.name,
      codec: stored.scheme,
      bits: (8 * bytes) / elements(spec),
      relativeL2,
      maxAbs,
    });
  }
  const { relativeL2, maxAbs, cosine, sqnrDb } = total;
  if (relativeL2 > OTHER_MODEL && !scalesNorms(stored))
    throw differs(model, base, `its weights differ by ${Math.round(100 * relativeL2)} % of theirs`);
  return layers.length > 0 ? { relativeL2, maxAbs, cosine, sqnrDb, layers } : { ...EXACT, layers };
}

/** The error of a file of floats. */
const EXACT = { relativeL2: 0, maxAbs: 0, cosine: 1, sqnrDb: null };

/** Tensors that no method scales. */
const TABLES: ReadonlySet<TensorSpec['role']> = new Set(['embedding', 'position']);

function scalesNorms({ scheme }: StoredWeights): boolean {
  return scheme.startsWith('AWQ');
}

function checkKept(
  base: Model,
  file: Model,
  { name }: TensorSpec,
  weights: Float32Array,
  stored: Float32Array,
): void {
  const at = weights.findIndex(
    (value, i) => Math.abs(stored[i] - value) > ROUNDING * Math.abs(value) + SMALLEST_HALF,
  );
  if (at < 0) return;
  throw differs(
    file,
    base,
    `its tensor ${name}, which it does not quantise, has ${stored[at]} where the model has ${weights[at]}`,
  );
}

function differs(file: Model, base: Model, why: string): LabError {
  return new LabError(
    'bad-input',
    `${file.id} was not made from ${base.id}: ${why}.`,
    'Name the model that the file was made from as the model of the plan.',
  );
}
