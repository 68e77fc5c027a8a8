import { fixed, grouped } from '../../base/format';
import { fileBytes, type LabRecord } from '../../lab/results/record';
import { Term } from '../glossary/Term';
import { scopeNote } from '../records/codecLabel';
import type { RecordedRun, RowKey } from './recordedRun';

interface Props {
  run: RecordedRun;
  rows: readonly RowKey[];
  /** Whether the measured figures are left out, for a sheet on which they are to be entered. */
  blank?: boolean;
}

/** Shows the recorded figures of a lesson, with a bar for each loss on a logarithmic scale. */
export function FigureTable({ run, rows, blank = false }: Props) {
  const records = rows.map((row) => run.record(row));
  const largest = Math.max(...records.map(lossOnScale));
  return (
    <div className="table-scroll" role="region" aria-label="Recorded figures" tabIndex={0}>
      <table className="figures">
        <thead>
          <tr>
            <th>Codec</th>
            <th className="numeric">File, bytes</th>
            <th className="numeric">
              <Term id="bits-per-coded-weight">Bits per coded weight</Term>
            </th>
            <th className="numeric">
              <Term id="interval">Rise of perplexity, % [95 %]</Term>
            </th>
            {!blank && <th aria-hidden="true" className="bar-column" />}
          </tr>
        </thead>
        <tbody>
          {records.map((record, i) => (
            <tr key={record.id}>
              <th scope="row">
                <code>{record.codec.spec}</code> {record.training && scopeNote(record)}
              </th>
              <td className="numeric">{!blank && grouped(fileBytes(record))}</td>
              <td className="numeric">{!blank && fixed(record.size.bitsPerCodedWeight, 2)}</td>
              <td className="numeric">{!blank && run.lossText(rows[i].spec, rows[i].training)}</td>
              {!blank && (
                <td aria-hidden="true" className="bar-column">
                  <svg viewBox="0 0 100 8" width="100%" height="8" preserveAspectRatio="none">
                    <rect width={(100 * lossOnScale(record)) / largest} height="8" rx="1" />
                  </svg>
                </td>
              )}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

/** The loss on a logarithmic scale that begins at 0.01 %, where the bar has no length. */
function lossOnScale({ quality }: LabRecord): number {
  return Math.max(0, Math.log10(Math.max(quality.deltaPercent, 0.01)) + 2);
}
