import type { CodecContext } from '../../../contract/codec';
import type { Source } from '../../../contract/defineCodec';
import { gpuJob, type GpuJob } from '../../../kit/gpuJob';
import { CHUNK_ELEMENTS } from '../../../kit/spans';
import { bytesOf16, requireHalfScales } from '../../../kit/storedFloats';
import { groupScale } from '../../../kit/ternaryBlocks/scale';
import { CODES_PER_WORD, firstWeight, groupOf, groupValues, TRITS_PER_WORD } from './layout';
import type { TernaryLayout, TernaryParts } from './layout';
import { packingKernel } from './packingKernel';

/** The scales and cutoffs of the groups so far. */
interface GroupState {
  done: number;
  scaleBits: Uint16Array;
  cutoffs: Float32Array;
}

/**
 * Encodes by ranges of words. The host computes the scales of a range's groups, and the GPU codes and packs its weights.
 * @throws LabError bad-input when a scale exceeds float16; Cancelled
 */
export async function encodeTernary(
  source: Source<TernaryLayout>,
  context: CodecContext,
): Promise<TernaryParts> {
  const { layout } = source;
  const groups = layout.rows * layout.groupsPerRow;
  const state: GroupState = {
    done: 0,
    scaleBits: new Uint16Array(groups),
    cutoffs: new Float32Array(groups),
  };
  const codes = new Uint8Array(layout.words * 4);
  const step = wordsPerStep(layout, context.gpu.maxBindingBytes);
  for (let first = 0; first < layout.words; first += step) {
    const end = Math.min(first + step, layout.words);
    codes.set(await gpuJob(context, (job) => encodeWords(job, source, state, first, end)), first * 4);
  }
  const scales = bytesOf16(state.scaleBits);
  requireHalfScales(source.name, scales);
  return { codes, scales };
}

/** Computes the number of words whose weights fit one binding and one dispatch. */
function wordsPerStep(layout: TernaryLayout, maxBindingBytes: number): number {
  const perWord = layout.flat ? TRITS_PER_WORD : CODES_PER_WORD;
  return Math.floor(Math.min(maxBindingBytes / 4, CHUNK_ELEMENTS) / perWord);
}

async function encodeWords(
  { scope, dispatch, run, read }: GpuJob,
  { name, values, layout }: Source<TernaryLayout>,
  state: GroupState,
  firstWord: number,
  endWord: number,
): Promise<Uint8Array> {
  const { rows, columns, groupSize, groupsPerRow, wordsPerRow, flat, packing } = layout;
  const words = endWord - firstWord;
  const first = firstWeight(layout, firstWord);
  const end = firstWeight(layout, endWord);
  const firstGroup = groupOf(layout, first);
  const endGroup = groupOf(layout, end - 1) + 1;
  findScales(values, layout, state, endGroup);
  const codes = scope.allocate(words * 4, `${name} codes`);
  const place = { words, firstWord, firstWeight: first, firstGroup };
  const extent: Record<string, number> = flat ? { elements: rows * columns } : { wordsPerRow };
  await dispatch(packingKernel('encode', packing), {
    params: { ...place, columns, groupSize, groupsPerRow, ...extent },
    bindings: {
      weights: scope.upload(values.subarray(first, end), `${name} weights`),
      cutoffs: scope.upload(state.cutoffs.subarray(firstGroup, endGroup), `${name} cutoffs`),
      codes,
    },
    threads: words,
    cost: (end - first) * 12,
  });
  await run();
  return read(codes, words * 4);
}

function findScales(values: Float32Array, layout: TernaryLayout, state: GroupState, end: number): void {
  for (; state.done < end; state.done++) {
    const { scaleBits, cutoff } = groupScale(
      groupValues(layout, values, state.done),
      layout.rule,
      layout.threshold,
    );
    state.scaleBits[state.done] = scaleBits;
    state.cutoffs[state.done] = cutoff;
  }
}
