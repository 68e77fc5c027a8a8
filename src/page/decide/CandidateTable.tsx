import { grouped, significant } from '../../base/format';
import type { Decision } from '../../lab/decide/decide';
import { decisionRows, dollars } from '../../lab/decide/text';
import { deltaText } from '../../lab/results/recordText';
import { limitFigure, type LimitFigure } from '../../lab/results/limits';
import { fileBytes } from '../../lab/results/record';
import { usePage } from '../app/usePage';
import { showRecord } from '../views/commands';

type Row = ReturnType<typeof decisionRows>[number];

/** Lists every candidate with its figures and its standing, the best first. */
export function CandidateTable({ decision }: { decision: Decision }) {
  const rows = decisionRows(decision);
  const { tariff } = decision.request;
  const isText = rows[0].record.quality.task === 'perplexity';
  return (
    <div className="table-scroll" tabIndex={0} role="region" aria-label="Candidates">
      <table>
        <thead>
          <tr>
            <th scope="col">Codec</th>
            <th scope="col">Standing</th>
            <NumberHeader text="Bytes" />
            <NumberHeader text={isText ? 'Δ % [95 %]' : 'Δ points [95 %]'} />
            <NumberHeader text="p99 ms" />
            <NumberHeader text={isText ? 'Decode tokens/s' : 'Images/s'} />
            {tariff && <NumberHeader text="$ per million" />}
            <th scope="col">Pareto</th>
          </tr>
        </thead>
        <tbody>
          {rows.map((row) => (
            <tr key={row.record.id}>
              <th scope="row">
                <RecordButton row={row} />
              </th>
              <td className={row.report.outcome === 'holds' ? 'standing' : 'standing soft'}>
                {row.standing}
              </td>
              <td className="numeric">{grouped(fileBytes(row.record))}</td>
              <td className="numeric">{deltaText(row.record)}</td>
              <td className="numeric">{valueOf(limitFigure(row.record, 'p99'), significant)}</td>
              <td className="numeric">{valueOf(limitFigure(row.record, 'decode'), significant)}</td>
              {tariff && (
                <td className="numeric">{valueOf(limitFigure(row.record, 'price', tariff), dollars)}</td>
              )}
              <td>{row.pareto ? 'yes' : 'no'}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

function NumberHeader({ text }: { text: string }) {
  return (
    <th scope="col" className="numeric">
      {text}
    </th>
  );
}

function RecordButton({ row }: { row: Row }) {
  const page = usePage();
  return (
    <button type="button" className="row-button" onClick={() => showRecord(page, row.record)}>
      <code>{row.record.codec.spec}</code>
    </button>
  );
}

function valueOf(figure: LimitFigure, format: (value: number) => string): string {
  return 'missing' in figure ? '–' : format(figure.value);
}
