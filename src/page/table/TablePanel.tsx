import { usePage, useRecords, useView } from '../app/usePage';
import { ExampleBadge } from '../widgets/ExampleBadge';
import type { ShownRecords } from '../app/useShownRecords';
import { RecordTable } from './RecordTable';
import { RecordTools } from './RecordTools';

export function TablePanel({ shown }: { shown: ShownRecords }) {
  const { model, entries, cohort, example } = shown;
  const all = useView((s) => s.opponents);
  const selected = useRecords((s) => s.selected);
  const opponents = entries.filter(({ record }) => record.role === 'opponent').length;
  const rows = entries.filter(({ record }) => all || record.role !== 'opponent' || record.id === selected);
  return (
    <section className="panel" aria-labelledby="table-title">
      <div className="panel-head">
        <h2 id="table-title">Records {example && entries.length > 0 && <ExampleBadge />}</h2>
        <OpponentSwitch count={opponents} />
        <RecordTools empty={entries.length === 0} />
      </div>
      {rows.length > 0 && (
        <RecordTable entries={rows} caption={`Records of ${model}: ${cohort?.label ?? ''}`} />
      )}
    </section>
  );
}

/** Lists the plain roundings too that verdicts compare with. The one selected on the curve is listed in any case. */
function OpponentSwitch({ count }: { count: number }) {
  const { view } = usePage();
  const shown = useView((s) => s.opponents);
  if (count === 0) return null;
  return (
    <label className="check" title="The best plain rounding that takes no more bytes, for each codec">
      <input
        type="checkbox"
        checked={shown}
        onChange={(event) => view.setState({ opponents: event.target.checked })}
      />
      {count} {count === 1 ? 'opponent' : 'opponents'}
    </label>
  );
}
