import type { CodecMeta } from '../../codecs/contract/meta';
import { codecGroups, menuText } from './codecGroups';

/** Draws the entries of a codec menu by family. */
export function CodecMenu({ fits }: { fits?: (meta: CodecMeta) => boolean }) {
  return codecGroups(fits).map(({ label, codecs }) => (
    <optgroup key={label} label={label}>
      {codecs.map((meta) => (
        <option key={meta.id} value={meta.id}>
          {menuText(meta)}
        </option>
      ))}
    </optgroup>
  ));
}
