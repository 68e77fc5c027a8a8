import type { CodecContext, SourceTensor } from '../../../contract/codec';
import type { Parts } from '../../../contract/parts';
import type { CodecOptions } from '../../../contract/meta';
import { bytesOf16, requireHalfScales } from '../../../kit/storedFloats';
import { gpuJob, type GpuJob } from '../../../kit/gpuJob';
import { CHUNK_ELEMENTS, threadGroups } from '../../../kit/spans';
import { CODES_PER_WORD, firstWeight, groupOf, groupValues, ternaryLayout, TRITS_PER_WORD } from './layout';
import type { TernaryLayout } from './layout';
import { packingKernel } from './packingKernel';
import { groupScale } from '../../../kit/ternaryBlocks/scale';

/** Scales and cuts of the groups done so far. */
interface GroupState {
  done: number;
  scaleBits: Uint16Array;
  cuts: Float32Array;
}

/**
 * Codes word range by word range: the host finds the scales of the range's groups, the GPU codes and packs its weights.
 * @throws LabError bad-input when a scale exceeds float16; Cancelled between ranges
 */
export async function encodeTernary(
  tensor: SourceTensor,
  options: CodecOptions,
  context: CodecContext,
): Promise<Parts> {
  const layout = ternaryLayout(tensor.shape, options);
  const groups = layout.rows * layout.groupsPerRow;
  const state: GroupState = { done: 0, scaleBits: new Uint16Array(groups), cuts: new Float32Array(groups) };
  const codes = new Uint8Array(layout.words * 4);
  const step = wordsPerStep(layout, context.gpu.maxBindingBytes);
  for (let first = 0; first < layout.words; first += step) {
    const end = Math.min(first + step, layout.words);
    const bytes = await gpuJob(context, (job) =>
      encodeWords(tensor, layout, state, first, end, context, job),
    );
    codes.set(bytes, first * 4);
  }
  const scales = bytesOf16(state.scaleBits);
  requireHalfScales(tensor.name, scales);
  return new Map([
    ['codes', codes],
    ['scales', scales],
  ]);
}

/** Words whose weights fit one binding and one dispatch. */
function wordsPerStep(layout: TernaryLayout, maxBindingBytes: number): number {
  const perWord = layout.flat ? TRITS_PER_WORD : CODES_PER_WORD;
  return Math.floor(Math.min(maxBindingBytes / 4, CHUNK_ELEMENTS) / perWord);
}

async function encodeWords(
  tensor: SourceTensor,
  layout: TernaryLayout,
  state: GroupState,
  firstWord: number,
  endWord: number,
  { gpu }: CodecContext,
  job: GpuJob,
): Promise<Uint8Array> {
  const words = endWord - firstWord;
  const first = firstWeight(layout, firstWord);
  const end = firstWeight(layout, endWord);
  const firstGroup = groupOf(layout, first);
  const endGroup = groupOf(layout, end - 1) + 1;
  findScales(tensor.values, layout, state, endGroup);
  const codes = job.scope.allocate(words * 4, `${tensor.name} codes`);
  const { columns, groupSize, groupsPerRow } = layout;
  const packing: Record<string, number> = layout.flat
    ? { elements: layout.rows * columns }
    : { wordsPerRow: layout.wordsPerRow };
  job.recorder.dispatch(await gpu.kernels.get(packingKernel('encode', layout.packing)), {
    params: {
      words,
      firstWord,
      firstWeight: first,
      firstGroup,
      columns,
      groupSize,
      groupsPerRow,
      ...packing,
    },
    bindings: {
      weights: job.scope.upload(tensor.values.subarray(first, end), `${tensor.name} weights`),
      cuts: job.scope.upload(state.cuts.subarray(firstGroup, endGroup), `${tensor.name} cuts`),
      codes,
    },
    workgroups: threadGroups(words),
    cost: (end - first) * 12,
  });
  await job.run();
  return job.read(codes, words * 4);
}

function findScales(values: Float32Array, layout: TernaryLayout, state: GroupState, end: number): void {
  for (; state.done < end; state.done++) {
    const { scaleBits, cut } = groupScale(
      groupValues(layout, values, state.done),
      layout.rule,
      layout.threshold,
    );
    state.scaleBits[state.done] = scaleBits;
    state.cuts[state.done] = cut;
  }
}
