import { LabError } from '../../base/errors';
import type { BlockLayout, BlockType } from './blockType';
import { quoted } from '../../base/shown';
import { otherTypes } from './otherTypes';

const FILES = import.meta.glob<BlockType>('./blocks/*.ts', { import: 'default', eager: true });

/** All types that can be encoded and decoded, by name, in the order of ggml's ids. A file in blocks/ adds one. */
export const blockTypes: ReadonlyMap<string, BlockType> = new Map(
  Object.values(FILES)
    .sort((a, b) => a.id - b.id)
    .map((type) => [type.name, type]),
);

const layouts: readonly BlockLayout[] = [...blockTypes.values(), ...otherTypes];
const byId = new Map(layouts.map((layout) => [layout.id, layout]));
const byName = new Map(layouts.map((layout) => [layout.name, layout]));

/** Returns the layout of the ggml type `id`, including types that cannot be decoded, or undefined for an unknown id. */
export function layoutOfId(id: number): BlockLayout | undefined {
  return byId.get(id);
}

/**
 * Returns the layout of the ggml type `name`, including types that cannot be decoded.
 * @throws LabError unsupported for an unknown name
 */
export function layoutOfName(name: string): BlockLayout {
  const layout = byName.get(name);
  if (layout) return layout;
  throw new LabError(
    'unsupported',
    `The GGUF tensor type ${quoted(name)} is unknown.`,
    supportedTypesRemedy(),
  );
}

/**
 * Returns the ggml type `name`.
 * @throws LabError unsupported for a type that cannot be encoded and decoded
 */
export function blockType(name: string): BlockType {
  const type = blockTypes.get(layoutOfName(name).name);
  if (type) return type;
  throw new LabError(
    'unsupported',
    `Tensors of GGUF type ${name} cannot be decoded.`,
    supportedTypesRemedy(),
  );
}

/** Returns the remedy of an error about a type that cannot be decoded. */
export function supportedTypesRemedy(): string {
  return `Use a file whose tensors have one of the types ${[...blockTypes.keys()].join(', ')}.`;
}
