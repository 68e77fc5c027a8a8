import { useRef } from 'react';
import { bytes } from '../../base/format';
import type { Inspection } from '../../lab/inspect/inspect';
import { usePage } from '../app/usePage';
import { useWidth } from '../chart/Chart';
import { shortNames } from '../inspector/shortNames';
import { setValue, setValues } from '../store/values';
import { INSPECT_DEFAULTS, type Asked } from './asked';
import { HeatTable } from './HeatTable';
import { depths, SHADES, shadeText, shadeValue } from './shade';
import { depthStyle, type MapProps, type ShadedTensor } from './shaded';
import { TensorTable } from './TensorTable';
import { treemap } from './treemap';
import { useSensitivity } from './useSensitivity';

const HEIGHT = 240;

/** Shows the bytes of a file by tensor, and the tensors of its blocks as a heat map, each as a table, too. */
export function FileMap({ found, asked }: { found: Inspection; asked: Asked }) {
  const page = usePage();
  const sensitivity = useSensitivity(found.codec);
  const short = shortNames(found.tensors.map(({ name }) => name));
  const values = found.tensors.map((tensor) => shadeValue(tensor, asked.shade, sensitivity));
  const shaded = depths(values).map((depth, i): ShadedTensor => {
    const tensor = found.tensors[i];
    return { tensor, short: short.get(tensor.name)!, value: values[i], depth };
  });
  const choose = (name: string): void =>
    setValues(page.values.inspect, { tensor: name, row: undefined, column: undefined });
  const parts = { shaded, shade: asked.shade, chosen: found.chosen.name, choose };
  return (
    <section aria-labelledby="bytes-title">
      <div className="panel-head">
        <h3 id="bytes-title">Bytes by tensor</h3>
        <label className="field shade-choice">
          <span>Colour by</span>
          <select
            value={asked.shade}
            onChange={(event) =>
              setValue(page.values.inspect, 'colour', event.target.value, INSPECT_DEFAULTS.colour)
            }
          >
            {SHADES.map(({ id, label }) => (
              <option key={id} value={id}>
                {label}
              </option>
            ))}
          </select>
        </label>
      </div>
      {asked.shade === 'sensitivity' && !sensitivity && (
        <p className="soft">
          Nothing is coloured before the sensitivity has been measured; the button is below.
        </p>
      )}
      <Treemap {...parts} />
      <HeatTable {...parts} />
      <TensorTable {...parts} />
    </section>
  );
}

/** Draws a tile for each tensor. Its table has the same tensors for the keyboard and screen readers. */
function Treemap({ shaded, shade, chosen, choose }: MapProps) {
  const box = useRef<HTMLDivElement>(null);
  const width = useWidth(box);
  const tiles = treemap(
    shaded.map(({ tensor }) => tensor.bytes),
    width / HEIGHT,
  );
  const percent = (share: number): string => `${100 * share}%`;
  return (
    <div
      className="treemap"
      ref={box}
      style={{ height: HEIGHT }}
      role="img"
      aria-label="Tiles as large as the tensors of the file, which the table of tensors lists"
    >
      {shaded.map(({ tensor, short, value, depth }, i) => {
        const { x, y, width, height } = tiles[i];
        return (
          <div
            key={tensor.name}
            className={tensor.name === chosen ? 'tile is-chosen' : 'tile'}
            style={{
              ...depthStyle(depth),
              ...{ left: percent(x), top: percent(y), width: percent(width), height: percent(height) },
            }}
            title={`${tensor.name}: ${bytes(tensor.bytes)}, ${shadeText(value, shade)}`}
            onClick={() => choose(tensor.name)}
          >
            <span>{short}</span>
          </div>
        );
      })}
    </div>
  );
}
