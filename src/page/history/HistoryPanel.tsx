import { useMemo, useState } from 'react';
import { fixed, withInterval } from '../../base/format';
import { usePage, usePlans, useRecords } from '../app/usePage';
import { plainName } from '../store/models';
import { exportJson } from '../table/commands';
import { ImportButton } from '../table/RecordTools';
import { cohortLabel } from '../../lab/results/cohort';
import type { Entry } from '../store/records';
import { showRecord } from '../views/commands';
import { clearHistory, deleteRecord } from './commands';
import { RunComparer } from './RunComparer';
import './history.css';

/** Lists the records of all visits, which are stored only in this browser. */
export function HistoryPanel() {
  const own = useRecords((s) => s.own);
  const model = plainName(usePlans((s) => s.draft.model));
  const [all, setAll] = useState(false);
  const everything = useMemo(() => [...own.values()], [own]);
  const entries = useMemo(() => newestFirst(everything, all ? null : model), [everything, all, model]);
  return (
    <section className="panel" aria-labelledby="history-title">
      <h2 id="history-title">History</h2> <p className="soft">{countText(everything)}</p>
      <HistoryTools entries={entries} all={all} onChangeAll={setAll} />
      {everything.length > 0 && <RunComparer entries={everything} />}
      {entries.length > 0 && <HistoryTable entries={entries} />}
    </section>
  );
}

function HistoryTable({ entries }: { entries: readonly Entry[] }) {
  return (
    <div className="table-scroll" tabIndex={0} role="region" aria-label="Stored records">
      <table>
        <thead>
          <tr>
            <th scope="col">Date</th>
            <th scope="col">Model</th>
            <th scope="col">Codec</th>
            <th scope="col" className="numeric">
              Bits / weight
            </th>
            <th scope="col" className="numeric">
              Change
            </th>
            <th scope="col">Data</th>
            <th scope="col">Device</th>
            <th scope="col">
              <span className="visually-hidden">Delete</span>
            </th>
          </tr>
        </thead>
        <tbody>
          {entries.map((entry) => (
            <HistoryRow key={entry.record.id} entry={entry} />
          ))}
        </tbody>
      </table>
    </div>
  );
}

function countText(entries: readonly Entry[]): string {
  const imported = entries.filter((e) => e.origin === 'imported').length;
  const stored = entries.length - imported;
  if (entries.length === 0) return 'No records yet. Press Run; every record is kept in this browser.';
  return `${stored} records stored in this browser${imported > 0 ? `, ${imported} imported for this visit` : ''}`;
}

function newestFirst(entries: Entry[], model: string | null): Entry[] {
  return entries
    .filter((e) => model === null || e.record.model.id === model)
    .sort((a, b) => b.record.startedAt.localeCompare(a.record.startedAt));
}

interface HistoryToolsProps {
  entries: readonly Entry[];
  all: boolean;
  onChangeAll: (all: boolean) => void;
}

function HistoryTools({ entries, all, onChangeAll }: HistoryToolsProps) {
  const page = usePage();
  const [confirming, setConfirming] = useState(false);
  return (
    <div className="tools history-tools">
      <label className="check">
        <input type="checkbox" checked={all} onChange={(event) => onChangeAll(event.target.checked)} />
        All models
      </label>
      <button
        type="button"
        className="small"
        onClick={() =>
          exportJson(
            page,
            entries.map((e) => e.record),
          )
        }
      >
        Export these records
      </button>
      <ImportButton />
      {confirming ? (
        <>
          <button
            type="button"
            className="small danger"
            onClick={() => {
              setConfirming(false);
              void clearHistory(page);
            }}
          >
            Delete all records
          </button>
          <button type="button" className="small" onClick={() => setConfirming(false)}>
            Cancel
          </button>
        </>
      ) : (
        <button type="button" className="small" onClick={() => setConfirming(true)}>
          Clear history…
        </button>
      )}
    </div>
  );
}

function HistoryRow({ entry }: { entry: Entry }) {
  const page = usePage();
  const { record, origin } = entry;
  const { quality: q } = record;
  const delta = withInterval(q.deltaPercent, q.deltaPercentCi95).value;
  const unit = q.task === 'image-accuracy' ? 'points' : '%';
  return (
    <tr>
      <td>{new Date(record.startedAt).toLocaleString()}</td>
      <td>{record.model.id}</td>
      <th scope="row">
        <button type="button" className="row-button" onClick={() => showRecord(page, record)}>
          <code>{record.codec.spec}</code>
        </button>
        {origin === 'imported' && <span className="role-note">imported</span>}
      </th>
      <td className="numeric">{fixed(record.size.bitsPerWeight, 2)}</td>
      <td className="numeric">{record.role === 'baseline' ? '–' : `${delta} ${unit}`}</td>
      <td>{cohortLabel(record)}</td>
      <td>{record.environment.adapter}</td>
      <td>
        <button
          type="button"
          className="plain"
          aria-label={`Delete ${record.codec.spec} of ${record.startedAt}`}
          onClick={() => void deleteRecord(page, record.id)}
        >
          ✕
        </button>
      </td>
    </tr>
  );
}
