import { Artefact } from '../../artefact/read';
import { memorySink } from '../../artefact/sink';
import { decodedWeights } from '../../artefact/weights';
import { sha256Hex } from '../../base/checksum';
import { codecMeta, resolveCodec } from '../../codecs/contract/registry';
import { compressModel } from '../../lab/artefacts/compress';
import type { Lab } from '../../lab/lab';
import type { ArtefactValue, CodecValues } from './file';
import { goldenBase, goldenModel, valuesOf } from './lab';
import { promisesEqualCodes, type GoldenSpec } from './specs';

const SEED = 1;
const CONTEXT = 16;
const CALIBRATION = { data: 'golden calibration', windows: 4, draws: 1 };
/** Number of decoded weights that are stored for an artefact whose bytes depend on the adapter. */
const KEPT = 12;
/** The default tolerance: one unit in the last place of the largest value. */
const ONE_ULP = 2 ** -23;
/** Shape of the matrix for reference encoders, whose rows do not consist of whole groups. */
const ROWS = 6;
const COLUMNS = 40;

/**
 * Compresses the fixed models that a codec supports and encodes one matrix with its reference.
 * @param short whether to compress only GPT-2 of the two language models
 */
export async function measureCodec(lab: Lab, golden: GoldenSpec, short: boolean): Promise<CodecValues> {
  const { id, options } = golden.spec;
  const { columnsMultiple, assigns } = codecMeta(id);
  const models = columnsMultiple ? ['classifier'] : short || assigns ? ['gpt2'] : ['gpt2', 'llama'];
  const values: CodecValues = {};
  for (const model of models) values[model] = await measureArtefact(lab, golden, model);
  if (assigns) return values;
  const codec = await resolveCodec(golden.spec);
  const shape = [ROWS, columnsMultiple ?? COLUMNS] as const;
  const parts = codec.reference.encode(valuesOf('reference', shape[0] * shape[1]), shape, options);
  return {
    ...values,
    reference: { sha256: await sha256Hex(...[...parts.keys()].sort().map((suffix) => parts.get(suffix)!)) },
  };
}

async function measureArtefact(lab: Lab, { spec }: GoldenSpec, id: string): Promise<ArtefactValue> {
  const recipe = { spec, scope: 'all', rest: 'float32', base: goldenBase(id) } as const;
  const how = { seed: SEED, calibration: CALIBRATION, context: CONTEXT };
  const { file: bytes } = await compressModel(lab, goldenModel(id), recipe, how, memorySink());
  const sha256 = await sha256Hex(bytes);
  if (await promisesEqualCodes(spec)) return { sha256 };
  const codec = codecMeta(spec.id).assigns ? undefined : await resolveCodec(spec);
  return { sha256, ...(await decodedValues(lab, id, bytes)), tolerance: codec?.decodeTolerance ?? ONE_ULP };
}

/** Returns some decoded weights of all matrices, and the relative error of all of them. */
async function decodedValues(
  { processor }: Lab,
  id: string,
  bytes: Uint8Array,
): Promise<Pick<ArtefactValue, 'decoded' | 'error'>> {
  const model = goldenModel(id);
  const weights = await decodedWeights(processor, await Artefact.open(bytes, goldenBase(id)));
  const decoded: number[] = [];
  const sums = { squares: 0, errors: 0 };
  for (const tensor of model.shape.tensors.filter(({ matrix: [rows] }) => rows > 1)) {
    const values = await weights.values(tensor.name);
    const original = await model.tensor(tensor);
    original.forEach((w, i) => {
      sums.squares += w * w;
      sums.errors += (w - values[i]) ** 2;
    });
    for (const value of values) decoded.push(value);
  }
  weights.dispose();
  const kept = Array.from(
    { length: KEPT },
    (_, i) => decoded[Math.floor(((i + 0.5) * decoded.length) / KEPT)],
  );
  return { decoded: kept.map(rounded), error: rounded(Math.sqrt(sums.errors / sums.squares)) };
}

/** Rounds to nine significant digits, which distinguish all float32 numbers. */
function rounded(value: number): number {
  return Number(value.toPrecision(9));
}
