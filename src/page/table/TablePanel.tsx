import { ExampleBadge } from '../widgets/ExampleBadge';
import type { ShownRecords } from '../app/useShownRecords';
import { RecordTable } from './RecordTable';
import { RecordTools } from './RecordTools';

export function TablePanel({ shown }: { shown: ShownRecords }) {
  const { model, entries, cohort, example } = shown;
  return (
    <section className="panel" aria-labelledby="table-title">
      <div className="panel-head">
        <h2 id="table-title">Records {example && entries.length > 0 && <ExampleBadge />}</h2>
        <RecordTools empty={entries.length === 0} />
      </div>
      {entries.length > 0 && (
        <RecordTable entries={entries} caption={`Records of ${model}: ${cohort?.label ?? ''}`} />
      )}
    </section>
  );
}
