import { LabError } from '../../../base/errors';
import type { ReferenceInputs } from '../../../calibrate/inputs';
import { blockType } from '../../../formats/gguf/blockTypes';
import { REFERENCE_TENSOR } from '../../contract/codec';
import type { ReferenceDefinition } from '../../contract/defineCodec';
import { damaged } from '../../contract/parts';
import { findNonFinite16, HALF_EXPONENT } from '../storedFloats';
import { BLOCK_FIELDS } from './fields';
import { importanceOfColumns } from './importance';
import type { BlocksLayout, BlocksParts } from './layout';
import { widenBlocks } from './wide';

/** The codecs as llama.cpp computes them: in float32, rounded after every operation (src/formats/gguf). */
export const ggufReference: ReferenceDefinition<BlocksLayout, BlocksParts> = {
  encode: (values, layout, inputs) => ({
    blocks: encodeRows(REFERENCE_TENSOR, layout, values, importanceOf(layout, inputs)),
  }),

  decode({ blocks }, layout) {
    checkBlocks(REFERENCE_TENSOR, layout, blocks);
    return blockType(layout.type).decode(blocks);
  },
};

function importanceOf({ weighs, columns }: BlocksLayout, inputs?: ReferenceInputs): Float32Array | undefined {
  if (!weighs || !inputs) return undefined;
  return importanceOfColumns(
    Float32Array.from({ length: columns }, (_, i) => inputs.gram[i * (columns + 1)]),
  );
}

/**
 * Encodes whole rows.
 * @param importance of the columns, if errors are weighed
 * @throws LabError naming the tensor for a scale beyond float16
 */
export function encodeRows(
  name: string,
  layout: BlocksLayout,
  values: Float32Array,
  importance: Float32Array | undefined,
): Uint8Array {
  try {
    const blocks = blockType(layout.type).encode(values, importance && { columns: importance });
    if (layout.wide) widenBlocks(layout, values, blocks, importance);
    return blocks;
  } catch (error) {
    if (!(error instanceof LabError)) throw error;
    throw new LabError(error.code, `${name}: ${error.message}`, error.remedy, error);
  }
}

/** Checks that the float16 scales of all blocks are finite. @throws LabError bad-file naming the tensor */
export function checkBlocks(name: string, { type, blockBytes }: BlocksLayout, blocks: Uint8Array): void {
  const fields = BLOCK_FIELDS[type];
  // Rows that no block fills are float16 values.
  const places = fields ? [fields.d, fields.min ?? fields.d] : [0];
  for (let at = 0; at < blocks.length; at += blockBytes)
    for (const place of places)
      if (findNonFinite16(blocks.subarray(at + place, at + place + 2), HALF_EXPONENT) >= 0)
        throw damaged(name, `a scale of block ${at / blockBytes} is not a finite number`);
}
