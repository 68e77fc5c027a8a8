import { useMemo } from 'react';
import { usePage, useRecords, useView } from '../app/usePage';
import { MarkerIcon } from '../chart/MarkerIcon';
import { codecStyle } from '../chart/style';
import { scopeNote } from '../records/codecLabel';
import { Term } from '../glossary/Term';
import type { Entry } from '../store/records';
import { sortBy } from '../store/view';
import { COLUMNS } from './columns';
import type { Column } from './columns';
import { compareCells } from './sort';

/** Shows every point of the curve as a row, reachable by keyboard and sortable by every column. */
export function RecordTable({ entries, caption }: { entries: readonly Entry[]; caption: string }) {
  const sort = useView((s) => s.sort);
  const rows = useMemo(() => sorted(entries, sort.column, sort.descending), [entries, sort]);
  const mixed = entries.some((e) => e.origin !== entries[0].origin);
  const task = entries[0]?.record.quality.task ?? 'perplexity';
  const columns = COLUMNS.filter(({ concerns }) => !concerns || entries.some((e) => concerns(e.record)));
  return (
    <div className="table-scroll" tabIndex={0} role="region" aria-label="Records">
      <table className="records">
        <caption className="visually-hidden">{caption}</caption>
        <thead>
          <tr>
            <HeaderCell id="codec" label="Codec" term="codec" numeric={false} />
            {columns.map((column) => (
              <HeaderCell key={column.id} {...column} label={column.header(task)} />
            ))}
            <HeaderCell id="model" label="Model" numeric={false} />
          </tr>
        </thead>
        <tbody>
          {rows.map((entry) => (
            <Row key={entry.record.id} entry={entry} columns={columns} mixed={mixed} />
          ))}
        </tbody>
      </table>
    </div>
  );
}

/** Sorts the entries; baselines stay on top. */
function sorted(entries: readonly Entry[], column: string, descending: boolean): Entry[] {
  const value =
    COLUMNS.find((c) => c.id === column)?.sort ??
    ((r: Entry['record']) => (column === 'model' ? r.model.id : r.codec.spec));
  return [...entries].sort(
    (a, b) =>
      Number(b.record.role === 'baseline') - Number(a.record.role === 'baseline') ||
      compareCells(value(a.record), value(b.record), descending),
  );
}

interface HeaderProps {
  id: string;
  label: string;
  term?: string;
  numeric: boolean;
}

function HeaderCell({ id, label, term, numeric }: HeaderProps) {
  const { view } = usePage();
  const sort = useView((s) => s.sort);
  const active = sort.column === id;
  const order = active ? (sort.descending ? 'descending' : 'ascending') : undefined;
  return (
    <th scope="col" className={numeric ? 'numeric' : undefined} aria-sort={order}>
      <button type="button" className="sort" onClick={() => sortBy(view, id)}>
        {label}
        <span aria-hidden="true" className="sort-mark">
          {active ? (sort.descending ? '↓' : '↑') : ''}
        </span>
      </button>
      {term && (
        <Term id={term}>
          <span className="hint-mark" aria-label={`What is ${label}?`}>
            ?
          </span>
        </Term>
      )}
    </th>
  );
}

const ROLE_NOTES = { baseline: 'baseline', opponent: 'opponent', codec: '' } as const;

/** Shows one record. @param mixed whether the table mixes imported and own records, so that imported ones are marked */
function Row({ entry, columns, mixed }: { entry: Entry; columns: readonly Column[]; mixed: boolean }) {
  const { records } = usePage();
  const { record, origin } = entry;
  const selected = useRecords((s) => s.selected === record.id);
  const { variable, shape } = codecStyle(record.codec.id);
  const toggle = (): void => records.setState({ selected: selected ? null : record.id });
  const note = [ROLE_NOTES[record.role], scopeNote(record), mixed && origin === 'imported' ? 'imported' : '']
    .filter(Boolean)
    .join(', ');
  return (
    <tr className={`role-${record.role}`} aria-selected={selected} data-record={record.id} onClick={toggle}>
      <th scope="row">
        <button
          type="button"
          className="row-button"
          aria-pressed={selected}
          onClick={(event) => {
            event.stopPropagation();
            toggle();
          }}
        >
          <MarkerIcon shape={shape} variable={variable} hollow={record.role !== 'codec'} />
          <code title={optionText(record.codec.options)}>{record.codec.spec}</code>
        </button>
        {note && note !== record.codec.spec && <span className="role-note">{note}</span>}
      </th>
      {columns.map((column) => (
        <Cell key={column.id} column={column} entry={entry} />
      ))}
      <td>{record.model.id}</td>
    </tr>
  );
}

/** Returns all options; the spelling leaves out those with default values. */
function optionText(options: Entry['record']['codec']['options']): string {
  return Object.entries(options)
    .map(([key, value]) => `${key}=${value}`)
    .join(', ');
}

function Cell({ column, entry }: { column: Column; entry: Entry }) {
  return <td className={column.numeric ? 'numeric' : undefined}>{column.cell(entry.record)}</td>;
}
