import type { FileTensorSummary } from '../../lab/inspect/inspect';
import { heatMap, SHADES, shadeText } from './shade';
import { depthStyle, type MapProps } from './shaded';

/** Shows the tensors of blocks as a table of coloured figures, which choose a tensor. */
export function HeatTable(props: MapProps) {
  const { columns, rows } = heatMap(props.shaded.map(({ tensor }) => tensor));
  if (rows.length === 0) return null;
  const label = `${SHADES.find(({ id }) => id === props.shade)!.label} by block`;
  return (
    <div className="table-scroll" tabIndex={0} role="region" aria-label={label}>
      <table className="heat-map">
        <caption>{label}</caption>
        <thead>
          <tr>
            <td />
            {columns.map((column) => (
              <th key={column} scope="col">
                {column}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {rows.map(({ label: block, cells }) => (
            <tr key={block}>
              <th scope="row">{block}</th>
              {cells.map((tensor, i) => (
                <td key={columns[i]}>{tensor && <HeatCell {...props} tensor={tensor} />}</td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

function HeatCell({
  tensor: { name },
  shaded,
  shade,
  chosen,
  choose,
}: MapProps & { tensor: FileTensorSummary }) {
  const { value, depth } = shaded.find(({ tensor }) => tensor.name === name)!;
  const text = shadeText(value, shade);
  return (
    <button
      type="button"
      className="heat"
      style={depthStyle(depth)}
      aria-pressed={name === chosen}
      aria-label={`${name}: ${text}`}
      onClick={() => choose(name)}
    >
      {text}
    </button>
  );
}
