import { Artefact } from '../../artefact/read';
import { gpuProcessor } from '../../artefact/processor';
import { decodedWeights } from '../../artefact/weights';
import { summarize } from '../../evaluate/statistics/summary';
import type { Gpu } from '../../gpu/gpu';
import type { ModelShape } from '../../models/architecture';
import { Forward, maxSequences } from '../../runtime/forward/forward';
import { wholeView } from '../../runtime/ops/context';
import { gpuWeights, type WeightsByName } from '../../runtime/forward/weights';

/** Images of a timed batch. */
const LATENCY_BATCH = 64;
const WARM_UPS = 2;
const SAMPLES = 9;

/**
 * Measures the median seconds of a batch of 64 images through model and classifier. Input is written and logits are
 * computed but not read back. If 64 images do not fit one binding, fewer are timed and their time is scaled to 64.
 * @throws LabError; Cancelled. Nothing stays allocated.
 */
export async function batchLatency(
  gpu: Gpu,
  shape: ModelShape,
  weights: WeightsByName,
  signal?: AbortSignal,
): Promise<number> {
  const { channels, size } = shape.image!;
  const images = Math.min(LATENCY_BATCH, maxSequences(gpu, shape, 1));
  const pixels = new Float32Array(images * channels * size * size).map((_, i) => Math.sin(i));
  const recorder = gpu.recorder();
  const scope = gpu.buffers.scope();
  let forward: Forward | undefined;
  try {
    forward = await Forward.create(gpu, shape, weights, { sequences: images, length: 1, signal });
    const { outputs } = shape.program.head;
    await forward.recordHead(recorder, wholeView(scope.allocate(4 * images * outputs, 'logits'), outputs));
    const samples: number[] = [];
    for (let i = -WARM_UPS; i < SAMPLES; i++) {
      const started = performance.now();
      await forward.run(pixels, signal);
      await gpu.stream.run(recorder.commands, signal);
      await gpu.stream.idle(signal);
      if (i >= 0) samples.push((performance.now() - started) / 1000);
    }
    return (summarize(samples).median * LATENCY_BATCH) / images;
  } finally {
    forward?.dispose();
    recorder.dispose();
    scope.dispose();
  }
}

/** Measures `batchLatency` of the weights that an artefact decodes to. */
export async function artefactLatency(gpu: Gpu, bytes: Uint8Array, signal?: AbortSignal): Promise<number> {
  const artefact = await Artefact.open(bytes);
  const weights = await decodedWeights(gpuProcessor(gpu), artefact, signal);
  try {
    return await batchLatency(gpu, artefact.shape, gpuWeights(weights), signal);
  } finally {
    weights.dispose();
  }
}
