import type { CodecMeta } from '../../codecs/contract/meta';
import { codecMetas } from '../../codecs/contract/registry';
import { FAMILIES } from '../chart/style';

/** A group of entries of a codec menu. */
export interface CodecGroup {
  label: string;
  codecs: readonly CodecMeta[];
}

const WRAPS = 'Wraps another codec';
const CHOOSES = 'Chooses a codec for each matrix';

/** Groups the codecs of the registry by family. Wrappers and assigners come last, since they use other codecs. */
export function codecGroups(fits: (meta: CodecMeta) => boolean = () => true): CodecGroup[] {
  const groups = new Map<string, CodecMeta[]>(FAMILIES.map((family) => [sentenceCase(family), []]));
  for (const label of [WRAPS, CHOOSES]) groups.set(label, []);
  for (const meta of [...codecMetas.values()].filter(fits)) groups.get(groupOf(meta))!.push(meta);
  return [...groups].flatMap(([label, codecs]) => (codecs.length > 0 ? [{ label, codecs }] : []));
}

/** Whether a codec may stand inside a wrapper; an assigner codes no tensor itself. */
export function codesTensors(meta: CodecMeta): boolean {
  return !meta.assigns;
}

/** Returns the text of a menu entry: "gptq: GPTQ", or the spelling alone where the name is the same. */
export function menuText({ id, label }: CodecMeta): string {
  return id === label ? id : `${id}: ${label}`;
}

function groupOf({ family, wraps, assigns }: CodecMeta): string {
  return wraps ? WRAPS : assigns ? CHOOSES : sentenceCase(family);
}

function sentenceCase(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}
