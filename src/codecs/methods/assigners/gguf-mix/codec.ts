import { fileType, tensorTypes } from '../../../../models/gguf/fileTypes';
import { defineAssigner } from '../../../contract/assigner';
import { ggufSpec } from '../../../kit/ggufBlocks/spec';
import meta from './meta';

/** Tables are encoded without importance: llama-imatrix has no entry for them. */
const TABLES: readonly string[] = ['embedding', 'head'];

export default defineAssigner(meta, {
  async assign({ shape, tensors }, { type, importance, search }) {
    const types = tensorTypes(shape, fileType(type));
    return new Map(
      tensors.map(({ name, role }) => {
        const weighs = importance === 'calibration' && !TABLES.includes(role);
        return [name, ggufSpec(types.get(name)!.type, weighs, search)];
      }),
    );
  },
});
