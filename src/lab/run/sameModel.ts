import { ErrorSums } from '../../base/errorSums';
import { LabError, throwIfAborted } from '../../base/errors';
import type { ModelShape, TensorSpec } from '../../models/architecture';
import type { Model, StoredWeights } from '../../models/model';
import type { LabRecord } from '../results/record';

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

/** Returns the size of a file for its record, whose bits are per weight of the model that it was made from. */
export function sizeOf(base: Model, { model: { shape }, stored }: OpenedFile): LabRecord['size'] {
  const { fileBytes, assetBytes, bytes, tensorBytes } = stored;
  const counted = fileBytes - assetBytes;
  const tensors = Object.values(bytes).reduce((sum, n) => sum + n, 0);
  const coded = shape.tensors.filter(({ name }) => tensorBytes.has(name));
  const codedWeights = coded.reduce((sum, tensor) => sum + elements(tensor), 0);
  const codedBytes = coded.reduce((sum, { name }) => sum + tensorBytes.get(name)!, 0);
  const { parameters } = base.shape;
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

/** Refuses a file whose model has other tensors or another forward pass. @throws LabError bad-input */
export function checkShape(base: Model, file: Model): void {
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
  const head = ownHead(base, file);
  if (head !== undefined) own.delete(head);
  const [extra] = own.keys();
  if (extra !== undefined) throw differs(file, base, `it has a tensor ${extra} besides`);
  if (programOf(base.shape, head) !== programOf(file.shape, head))
    throw differs(
      file,
      base,
      'a setting of its forward pass, such as an epsilon or the rotary base, is another',
    );
}

/** Returns the head of a file, where the model's is its token table: quantisers may store both, in different types. */
function ownHead(base: Model, file: Model): string | undefined {
  return base.shape.tiedHead && !file.shape.tiedHead ? file.shape.program.head.weight : undefined;
}

/** Formats a forward pass with its numbers as float32, since GGUF stores an epsilon so. @param head names the head, if given */
function programOf({ program }: ModelShape, head = program.head.weight): string {
  return JSON.stringify({ ...program, head: { ...program.head, weight: head } }, (_, value: unknown) =>
    typeof value === 'number' ? Math.fround(value) : value,
  );
}

/** Refuses a file whose tokenizer splits the measured text in another way. @throws LabError bad-input */
export function checkTokens(
  base: Model,
  file: Model,
  { ours, theirs, data }: { ours: Uint32Array; theirs: Uint32Array; data: string },
): void {
  const at = ours.findIndex((token, i) => token !== theirs[i]);
  if (at >= 0 || ours.length !== theirs.length)
    throw differs(
      file,
      base,
      `its tokenizer splits ${data} in another way, from token ${Math.max(at, 0)} on`,
    );
}

/**
 * Compares the weights of a file with the model's. Weights that are not quantised must be the model's within rounding to 16 bits;
 * AWQ scales norms, and there only the tables of tokens and positions are compared.
 * @throws LabError bad-input naming the first tensor that is another
 */
export async function compareWeights(
  base: Model,
  { model, stored }: OpenedFile,
  signal: AbortSignal | undefined,
): Promise<NonNullable<LabRecord['error']>> {
  const total = new ErrorSums();
  const layers: NonNullable<LabRecord['error']>['layers'] = [];
  for (const { spec, from } of comparedTensors(base, model)) {
    throwIfAborted(signal);
    const [weights, restored] = [await base.tensor(from), await model.tensor(spec)];
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

/** Returns the tensors of a file, each with the model's tensor that it was made from. */
function comparedTensors(base: Model, file: Model): { spec: TensorSpec; from: TensorSpec }[] {
  const specs = new Map(base.shape.tensors.map((spec) => [spec.name, spec]));
  const head = ownHead(base, file);
  return file.shape.tensors.map((spec) => ({
    spec,
    from: specs.get(spec.name === head ? base.shape.program.head.weight : spec.name)!,
  }));
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

/** Returns the error about a file of another model; `why` is a clause. */
export function differs(file: Model, base: Model, why: string): LabError {
  return new LabError(
    'bad-input',
    `${file.id} was not made from ${base.id}: ${why}.`,
    'Name the model that the file was made from as the model of the plan.',
  );
}
