import { fixed, grouped } from '../../base/format';
import { SHADES, shadeText } from './shade';
import type { MapProps, ShadedTensor } from './shaded';

/** Lists all tensors, the largest first. */
export function TensorTable({ shaded, shade, chosen, choose }: MapProps) {
  const total = shaded.reduce((sum, { tensor }) => sum + tensor.bytes, 0);
  const sorted = [...shaded].sort((a, b) => b.tensor.bytes - a.tensor.bytes);
  const { label } = SHADES.find(({ id }) => id === shade)!;
  const columns = ['Bytes', 'Share', 'Bits per weight', ...(shade === 'bits' ? [] : [label])];
  const figures = ({ tensor, value }: ShadedTensor): string[] => [
    grouped(tensor.bytes),
    `${fixed((100 * tensor.bytes) / total, 1)} %`,
    fixed(tensor.bitsPerWeight, 2),
    ...(shade === 'bits' ? [] : [shadeText(value, shade)]),
  ];
  return (
    <details>
      <summary>All tensors ({shaded.length})</summary>
      <div className="table-scroll" tabIndex={0} role="region" aria-label="All tensors">
        <table>
          <thead>
            <tr>
              <th scope="col">Tensor</th>
              <th scope="col">Codec</th>
              {columns.map((column) => (
                <th key={column} scope="col" className="numeric">
                  {column}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {sorted.map((each) => (
              <tr key={each.tensor.name} aria-current={each.tensor.name === chosen || undefined}>
                <th scope="row">
                  <button
                    type="button"
                    className="plain"
                    title={each.tensor.name}
                    onClick={() => choose(each.tensor.name)}
                  >
                    <code>{each.short}</code>
                  </button>
                </th>
                <td>
                  <code>{each.tensor.codec ?? 'float'}</code>
                </td>
                {figures(each).map((figure, i) => (
                  <td key={columns[i]} className="numeric">
                    {figure}
                  </td>
                ))}
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </details>
  );
}
