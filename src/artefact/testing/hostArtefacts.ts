import { expect } from 'vitest';
import type { CodecSpec } from '../../codecs/contract/meta';
import { codecMeta, needsCalibration } from '../../codecs/contract/registry';
import type { Gpu } from '../../gpu/gpu';
import { compressModel } from '../../lab/artefacts/compress';
import { processorFor, type Lab } from '../../lab/lab';
import { nodeRuntime } from '../../platform/node/onnxRuntime';
import { goldenBase, goldenLab, goldenModel } from '../../testing/golden/lab';
import { promisesEqualCodes } from '../../testing/golden/specs';
import { measureError } from '../error';
import { Artefact } from '../read';
import { memorySink } from '../sink';
import { streamedArtefact } from '../weights';

/**
 * Largest ratio of the errors of two artefacts of one codec. Searches that compare float32 and float64 sums may take another of two
 * nearly equal choices.
 */
const ERROR_RATIO = 1.05;

/** A model with shared activations for calibrated codecs, and one with transposed matrices for the others. */
function modelFor(spec: CodecSpec): string {
  if (codecMeta(spec.id).columnsMultiple) return 'classifier';
  return needsCalibration(spec) ? 'llama' : 'gpt2';
}

/** Compresses the golden model that suits the codec. */
export async function compressed(lab: Lab, spec: CodecSpec): Promise<Uint8Array> {
  // Codecs of a difference code that from the base; the others do not look at it.
  const base = goldenBase(modelFor(spec));
  const recipe = { spec, scope: 'all', rest: 'float32', base } as const;
  const calibration = { data: 'golden calibration', windows: 4, draws: 1 };
  const how = { seed: 1, calibration, context: 16 };
  return (await compressModel(lab, goldenModel(modelFor(spec)), recipe, how, memorySink())).file;
}

async function error({ processor }: Lab, spec: CodecSpec, file: Uint8Array): Promise<number> {
  const artefact = await Artefact.open(file, goldenBase(modelFor(spec)));
  const restored = await streamedArtefact(processor, artefact);
  return (await measureError(goldenModel(modelFor(spec)), artefact, (tensor) => restored.values(tensor)))
    .relativeL2;
}

/** A lab on the GPU, and the same lab without an adapter. */
export async function bothLabs(gpu: Gpu): Promise<{ onGpu: Lab; onHost: Lab }> {
  const onGpu = goldenLab(gpu);
  const processor = processorFor(undefined);
  return { onGpu, onHost: { ...onGpu, gpu: undefined, cpu: await nodeRuntime(), processor } };
}

/** Expects artefacts of equal error from both labs, equal bytes where the codec promises them, and that each decodes the other's. */
export async function expectSameArtefacts(
  { onGpu, onHost }: { onGpu: Lab; onHost: Lab },
  spec: CodecSpec,
): Promise<void> {
  const [ours, theirs] = [await compressed(onHost, spec), await compressed(onGpu, spec)];
  if (await promisesEqualCodes(spec)) expect(Buffer.compare(ours, theirs)).toBe(0);
  const [own, other] = [await error(onGpu, spec, ours), await error(onHost, spec, theirs)];
  expect(own).toBeLessThanOrEqual(ERROR_RATIO * other + 1e-6);
  expect(other).toBeLessThanOrEqual(ERROR_RATIO * own + 1e-6);
}
