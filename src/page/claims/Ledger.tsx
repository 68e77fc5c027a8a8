import { useState } from 'react';
import ledger from '../../lab/studies/claims/ledger.json';
import { SYSTEMS, VERDICTS, type ClaimVerdict, type SystemId } from '../../lab/studies/claims/claim';
import type { LedgerRow } from '../../lab/studies/claims/ledger';
import './claims.css';

const ROWS = ledger as readonly LedgerRow[];
const ALL = 'all';

/** Lists the claims with our figures, of one or all systems and with one or all verdicts. */
export function Ledger() {
  const [system, setSystem] = useState<SystemId | typeof ALL>(ALL);
  const [verdict, setVerdict] = useState<ClaimVerdict | typeof ALL>(ALL);
  const ofSystem = ROWS.filter((row) => system === ALL || row.system === system);
  const shown = ofSystem.filter((row) => verdict === ALL || row.verdict === verdict);
  return (
    <section className="panel" aria-labelledby="claims-title">
      <h2 id="claims-title">Published figures</h2>
      <p className="soft">
        Figures that five public projects published, beside what this lab measures or computes. Ours are read
        from committed results; <code>npm run claims</code> makes the list again.
      </p>
      <div className="tools claims-tools">
        <Choice label="Project" value={system} onChange={setSystem} options={systemOptions()} />
        <Choice label="Verdict" value={verdict} onChange={setVerdict} options={verdictOptions(ofSystem)} />
        <span role="status">
          {shown.length} of {ROWS.length} claims
        </span>
      </div>
      <ul className="claims" tabIndex={0} aria-label="Claims">
        {shown.map((row) => (
          <Claim key={`${row.system} ${row.claim} ${row.protocol}`} row={row} />
        ))}
      </ul>
    </section>
  );
}

interface ChoiceProps<Value extends string> {
  label: string;
  value: Value;
  options: readonly (readonly [Value, string])[];
  onChange: (value: Value) => void;
}

function Choice<Value extends string>({ label, value, options, onChange }: ChoiceProps<Value>) {
  return (
    <label className="field">
      <span>{label}</span>
      <select value={value} onChange={(event) => onChange(event.target.value as Value)}>
        {options.map(([id, text]) => (
          <option key={id} value={id}>
            {text}
          </option>
        ))}
      </select>
    </label>
  );
}

function systemOptions(): [SystemId | typeof ALL, string][] {
  const ids = Object.keys(SYSTEMS) as SystemId[];
  return [[ALL, 'All projects'], ...ids.map((id): [SystemId, string] => [id, SYSTEMS[id].name])];
}

function verdictOptions(rows: readonly LedgerRow[]): [ClaimVerdict | typeof ALL, string][] {
  const count = (verdict: ClaimVerdict) => rows.filter((row) => row.verdict === verdict).length;
  return [
    [ALL, 'All verdicts'],
    ...VERDICTS.map((verdict): [ClaimVerdict, string] => [verdict, `${verdict} (${count(verdict)})`]),
  ];
}

const TONES: Partial<Record<ClaimVerdict, string>> = {
  reproduced: 'verdict verdict-better',
  refuted: 'verdict verdict-worse',
};

function Claim({ row }: { row: LedgerRow }) {
  const { system, claim, verdict, rule, ours, why, source, protocol, test } = row;
  return (
    <li>
      <p>
        <strong>{claim}</strong> <span className={TONES[verdict] ?? 'verdict'}>{verdict}</span>{' '}
        {rule !== undefined && <span className="soft">({rule})</span>}
      </p>
      {ours.length > 0 && (
        <ul>
          {ours.map(({ label, text }) => (
            <li key={label}>
              {label}: <span className="claims-figure">{text}</span>
            </li>
          ))}
        </ul>
      )}
      <p>{why}</p>
      <p className="soft">
        {SYSTEMS[system].name}, {source}: {protocol}. {test.startsWith('npm') ? <code>{test}</code> : null}
      </p>
    </li>
  );
}
