import { fixed, significant } from '../../base/format';
import type { LabRecord } from '../../lab/results/record';
import { labelOf } from '../records/codecLabel';
import { shortNames } from './shortNames';

/** Lists the error of each matrix, largest first, with its codec if the model mixes several. */
export function LayerTable({ record }: { record: LabRecord }) {
  const layers = record.error?.layers ?? [];
  if (layers.length === 0) return null;
  const mixed = new Set(layers.map((layer) => layer.codec)).size > 1;
  const short = shortNames(layers.map(({ name }) => name));
  const sorted = [...layers].sort((a, b) => b.relativeL2 - a.relativeL2);
  return (
    <details className="layers">
      <summary>Error of each matrix ({layers.length})</summary>
      <div className="table-scroll" tabIndex={0} role="region" aria-label="Error of each matrix">
        <table>
          <thead>
            <tr>
              <th scope="col">Matrix</th>
              {mixed && <th scope="col">Codec</th>}
              <th scope="col" className="numeric">
                Bits
              </th>
              <th scope="col" className="numeric">
                Relative error
              </th>
              <th scope="col" className="numeric">
                Max |ΔW|
              </th>
              <th scope="col" className="numeric">
                Output error
              </th>
            </tr>
          </thead>
          <tbody>
            {sorted.map(({ name, codec, bits, relativeL2, maxAbs, outputError }) => (
              <tr key={name}>
                <th scope="row">
                  <code title={name}>{short.get(name)}</code>
                </th>
                {mixed && (
                  <td>
                    <code title={codec}>{labelOf(codec)}</code>
                  </td>
                )}
                <td className="numeric">{fixed(bits, 2)}</td>
                <td className="numeric">{significant(relativeL2)}</td>
                <td className="numeric">{significant(maxAbs)}</td>
                <td className="numeric">{outputError === undefined ? '–' : significant(outputError)}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </details>
  );
}
