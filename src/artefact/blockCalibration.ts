import { tokenCounts, type Calibration } from '../calibrate/calibration';
import { openWalk, type CalibrationDevice } from '../calibrate/openWalk';
import type { CalibrationBatches, CalibrationWalk, CollectedInputs } from '../calibrate/walk';
import type { ModelShape, TensorSpec } from '../models/architecture';
import type { Model } from '../models/model';
import type { Processor } from './processor';
import { isInScope, type Recipe } from './recipe';
import { WorkingWeights } from './workingWeights';

const NO_INPUTS: CollectedInputs = { byWeight: new Map(), dispose: () => undefined };

/**
 * Collects what encoding block by block needs of the float32 model, with one block of its weights at a time: the
 * input of a tied head, which is coded before the blocks. If no tied head is coded, the float32 model is not run. Assigners try
 * every tensor beforehand and need `openCalibration` instead. The caller frees `float`.
 * @throws LabError out-of-memory, and what reading the weights throws; Cancelled. Nothing stays allocated then.
 */
export async function openBlockCalibration(
  processor: Processor,
  device: CalibrationDevice,
  model: Model,
  { scope }: Pick<Recipe, 'scope'>,
  batches: CalibrationBatches,
  signal?: AbortSignal,
): Promise<Calibration> {
  const { shape } = model;
  const open = (stop?: AbortSignal) => openWalk(device, shape, batches, stop);
  const codesTiedHead = shape.tiedHead && isInScope(headOf(shape), scope);
  const float = codesTiedHead ? await headInputs(processor, model, await open(signal)) : NO_INPUTS;
  return { openWalk: open, float, rowCounts: tokenCounts(shape, batches) };
}

async function headInputs(
  processor: Processor,
  model: Model,
  walk: CalibrationWalk,
): Promise<CollectedInputs> {
  const { tensors, program } = model.shape;
  const weights = new WorkingWeights(processor, model);
  try {
    await weights.load(tensors.filter((t) => t.block === undefined));
    await walk.begin(weights.view);
    for (const block of program.blocks.keys()) {
      const inside = tensors.filter((t) => t.block === block);
      await weights.load(inside);
      await walk.advance(block, weights.view);
      weights.release(inside);
    }
    return await walk.collectHead(weights.view);
  } finally {
    walk.dispose();
    weights.dispose();
  }
}

function headOf({ tensors, program }: ModelShape): TensorSpec {
  return tensors.find(({ name }) => name === program.head.weight)!;
}
