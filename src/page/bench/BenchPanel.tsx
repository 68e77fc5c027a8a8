import { significant, withInterval } from '../../base/format';
import { useActivity, useBench, useLab, usePage } from '../app/usePage';
import { ActivityStatus } from '../widgets/ActivityStatus';
import type { BenchmarkRow } from '../store/bench';
import { canStart } from '../store/lab';
import { startBenchmark } from './commands';

/**
 * Compares the lab's kernels with another runtime on this adapter. A kernel that fails verification is listed as FAIL
 * and not timed.
 */
export function BenchPanel() {
  const rows = useBench((s) => s.rows);
  return (
    <section className="panel" aria-labelledby="bench-title">
      <div className="panel-head">
        <div>
          <h2 id="bench-title">Kernel speed</h2>
          <p className="soft">
            Each kernel is verified against a reference, then timed side by side with onnxruntime-web on the
            same adapter.
          </p>
        </div>
        <BenchControl />
      </div>
      {rows.length > 0 && <BenchTable rows={rows} />}
    </section>
  );
}

function BenchControl() {
  const page = usePage();
  const activity = useActivity('benchmark');
  const free = useLab(canStart);
  if (activity) return <ActivityStatus activity={activity} />;
  return (
    <button type="button" className="small" disabled={!free} onClick={() => void startBenchmark(page)}>
      Run benchmark
    </button>
  );
}

function BenchTable({ rows }: { rows: readonly BenchmarkRow[] }) {
  const peer = rows.find((r) => r.peer)?.peer?.name ?? 'peer';
  return (
    <div className="table-scroll" tabIndex={0} role="region" aria-label="Benchmark">
      <table>
        <thead>
          <tr>
            <th scope="col">Kernel</th>
            <th scope="col">Check</th>
            <th scope="col" className="numeric">
              Bitcurve [95 %]
            </th>
            <th scope="col" className="numeric">
              {peer} [95 %]
            </th>
            <th scope="col" className="numeric">
              Ratio
            </th>
            <th scope="col">Note</th>
          </tr>
        </thead>
        <tbody>
          {rows.map((row) => (
            <BenchRow key={row.name} row={row} column={peer} />
          ))}
        </tbody>
      </table>
    </div>
  );
}

/** Shows one kernel. @param column the peer named in the column's header; any other peer is named beside its time */
function BenchRow({ row, column }: { row: BenchmarkRow; column: string }) {
  const { name, ours, peer, verified, note, unit } = row;
  return (
    <tr>
      <th scope="row">{name}</th>
      <td>
        <span className={verified ? 'verdict verdict-better' : 'verdict verdict-worse'}>
          {verified ? '✓ verified' : '✗ FAIL'}
        </span>
      </td>
      <td className="numeric">{verified ? timing(ours, unit) : '–'}</td>
      <td className="numeric">
        {timing(peer, unit)}
        {peer && peer.name !== column && <span className="role-note">{peer.name}</span>}
      </td>
      <td className="numeric">
        {verified && ours && peer ? `${significant(ours.median / peer.median)}×` : '–'}
      </td>
      <td className="soft">{note}</td>
    </tr>
  );
}

function timing(figure: { median: number; ci95: [number, number] } | null, unit: string): string {
  if (!figure) return '–';
  const { interval } = withInterval(figure.median, figure.ci95);
  return `${significant(figure.median)} ${unit} ${interval.replaceAll('+', '')}`;
}
