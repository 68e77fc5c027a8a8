import type { CodecMeta } from '../../codecs/contract/meta';
import { codecGroups, menuText } from './codecGroups';

/** Renders the options of a codec menu, grouped by family. */
export function CodecMenu({ filter }: { filter?: (meta: CodecMeta) => boolean }) {
  return codecGroups(filter).map(({ label, codecs }) => (
    <optgroup key={label} label={label}>
      {codecs.map((meta) => (
        <option key={meta.id} value={meta.id}>
          {menuText(meta)}
        </option>
      ))}
    </optgroup>
  ));
}
