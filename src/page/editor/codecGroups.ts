import type { CodecMeta } from '../../codecs/contract/meta';
import { codecMetas } from '../../codecs/contract/registry';
import { FAMILIES } from '../chart/style';

/** A run of entries of a codec menu. */
export interface CodecGroup {
  label: string;
  codecs: readonly CodecMeta[];
}

const AROUND = 'Around another codec';
const CHOOSES = 'Chooses a codec for each matrix';

/** Every codec of the registry by family; wrappers and assigners follow, since they use other codecs. */
export function codecGroups(fits: (meta: CodecMeta) => boolean = () => true): CodecGroup[] {
  const groups = new Map<string, CodecMeta[]>(FAMILIES.map((family) => [sentenceCase(family), []]));
  for (const label of [AROUND, CHOOSES]) groups.set(label, []);
  for (const meta of [...codecMetas.values()].filter(fits)) groups.get(groupOf(meta))!.push(meta);
  return [...groups].flatMap(([label, codecs]) => (codecs.length > 0 ? [{ label, codecs }] : []));
}

/** What may stand inside a wrapper: an assigner codes no tensor itself. */
export function codesTensors(meta: CodecMeta): boolean {
  return !meta.assigns;
}

/** "gptq: GPTQ"; the spelling alone where the name is the same. */
export function menuText({ id, label }: CodecMeta): string {
  return id === label ? id : `${id}: ${label}`;
}

function groupOf({ family, wraps, assigns }: CodecMeta): string {
  return wraps ? AROUND : assigns ? CHOOSES : sentenceCase(family);
}

function sentenceCase(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}
