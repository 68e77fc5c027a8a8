import type { CodecMeta } from '../../codecs/contract/meta';
import { codecMetas } from '../../codecs/contract/registry';
import { FAMILIES } from '../chart/style';
import { sentenceCase } from '../widgets/sentenceCase';

/** A group of a codec menu. */
export interface CodecGroup {
  label: string;
  codecs: readonly CodecMeta[];
}

const WRAPS = 'Wraps another codec';
const CHOOSES = 'Chooses a codec for each matrix';

/**
 * Groups the codecs of the registry by family. Wrappers and assigners come last, since they use other codecs. Those of diffusion models are
 * left out, because plans measure other models.
 */
export function codecGroups(filter: (meta: CodecMeta) => boolean = () => true): CodecGroup[] {
  const groups = new Map<string, CodecMeta[]>(FAMILIES.map((family) => [sentenceCase(family), []]));
  for (const label of [WRAPS, CHOOSES]) groups.set(label, []);
  const offered = [...codecMetas.values()].filter((meta) => !meta.needs.timesteps && filter(meta));
  for (const meta of offered) groups.get(groupOf(meta))!.push(meta);
  return [...groups].flatMap(([label, codecs]) => (codecs.length > 0 ? [{ label, codecs }] : []));
}

/** Whether a codec can be inside a wrapper. An assigner cannot, since it encodes no tensor itself. */
export function codesTensors(meta: CodecMeta): boolean {
  return !meta.assigns;
}

/** Returns the text of a menu entry: "gptq: GPTQ", or the id alone if the label is the same. */
export function menuText({ id, label }: CodecMeta): string {
  return id === label ? id : `${id}: ${label}`;
}

function groupOf({ family, wraps, assigns }: CodecMeta): string {
  return wraps ? WRAPS : assigns ? CHOOSES : sentenceCase(family);
}
