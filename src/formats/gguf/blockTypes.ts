import { LabError } from '../../base/errors';
import type { BlockLayout, BlockType } from './blockType';
import { quoted } from '../../base/shown';
import { otherTypes } from './otherTypes';

const FILES = import.meta.glob<BlockType>('./blocks/*.ts', { import: 'default', eager: true });

/** Every type that can be encoded and decoded, by name, in the order of ggml's numbers; a file in blocks/ adds one. */
export const blockTypes: ReadonlyMap<string, BlockType> = new Map(
  Object.values(FILES)
    .sort((a, b) => a.id - b.id)
    .map((type) => [type.name, type]),
);

const layouts: readonly BlockLayout[] = [...blockTypes.values(), ...otherTypes];
const byId = new Map(layouts.map((layout) => [layout.id, layout]));
const byName = new Map(layouts.map((layout) => [layout.name, layout]));

/** The layout of ggml's type number `id`, also of types that cannot be decoded. */
export function layoutOfId(id: number): BlockLayout | undefined {
  return byId.get(id);
}

/** @throws LabError unsupported for a name that is no ggml type this program knows */
export function layoutOfName(name: string): BlockLayout {
  const layout = byName.get(name);
  if (layout) return layout;
  throw new LabError('unsupported', `There is no GGUF tensor type ${quoted(name)}.`, decodableTypes());
}

/** @throws LabError unsupported for a type that cannot be encoded and decoded */
export function blockType(name: string): BlockType {
  const type = blockTypes.get(layoutOfName(name).name);
  if (type) return type;
  throw new LabError('unsupported', `Tensors of GGUF type ${name} cannot be decoded here.`, decodableTypes());
}

/** The remedy for a type that is not known. */
export function decodableTypes(): string {
  return `Use a file with the types ${[...blockTypes.keys()].join(', ')}.`;
}
