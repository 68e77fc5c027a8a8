import { useMemo, useState } from 'react';
import { grouped, signed } from '../../base/format';
import { fileBytes } from '../../lab/results/record';
import { compareRuns, type CodecChange } from '../../lab/results/runComparison';
import {
  changedCodec,
  changeText,
  comparisonNotes,
  comparisonSummary,
  isChange,
} from '../../lab/results/runComparisonText';
import type { Entry } from '../store/records';
import { runsOf, type StoredRun } from './runs';

/** Compares two runs codec by codec, paired over the same windows or images. */
export function RunComparer({ entries }: { entries: readonly Entry[] }) {
  const runs = useMemo(() => runsOf(entries), [entries]);
  const [chosen, setChosen] = useState<{ before?: string; after?: string }>({});
  const find = (key: string | undefined, otherwise: StoredRun | undefined) =>
    runs.find((run) => run.key === key) ?? otherwise;
  const after = find(chosen.after, runs[0]);
  const before = find(
    chosen.before,
    runs.find((run) => run !== after),
  );
  if (!before || !after)
    return (
      <p className="soft">
        Two runs can be compared here: of two devices, browsers or versions, or one of them imported.
      </p>
    );
  return (
    <section className="run-comparison" aria-labelledby="compare-title">
      <h3 id="compare-title">Compare two runs</h3>
      <RunChoice
        label="Before"
        runs={runs}
        run={before}
        onChoose={(key) => setChosen({ ...chosen, before: key })}
      />
      <RunChoice
        label="After"
        runs={runs}
        run={after}
        onChoose={(key) => setChosen({ ...chosen, after: key })}
      />
      <Changes before={before} after={after} />
    </section>
  );
}

interface RunChoiceProps {
  label: string;
  runs: readonly StoredRun[];
  run: StoredRun;
  onChoose: (key: string) => void;
}

function RunChoice({ label, runs, run, onChoose }: RunChoiceProps) {
  return (
    <label className="field">
      <span>{label}</span>
      <select value={run.key} onChange={(event) => onChoose(event.target.value)}>
        {runs.map((each) => (
          <option key={each.key} value={each.key}>
            {each.label}
          </option>
        ))}
      </select>
    </label>
  );
}

function Changes({ before, after }: { before: StoredRun; after: StoredRun }) {
  const found = useMemo(() => compareRuns(before.records, after.records), [before, after]);
  const changes = found.changes.filter(isChange);
  return (
    <>
      <p role="status">{comparisonSummary(found)}</p>
      {changes.length > 0 && <ChangeTable changes={changes} />}
      <ul className="soft">
        {comparisonNotes(found).map((note) => (
          <li key={note}>{note}</li>
        ))}
      </ul>
    </>
  );
}

const TONES: Partial<Record<CodecChange['outcome'], string>> = {
  better: 'verdict verdict-better',
  worse: 'verdict verdict-worse',
};

function ChangeTable({ changes }: { changes: readonly CodecChange[] }) {
  return (
    <div className="table-scroll" tabIndex={0} role="region" aria-label="Changes">
      <table>
        <thead>
          <tr>
            <th scope="col">Codec</th>
            <th scope="col" className="numeric">
              Bytes
            </th>
            <th scope="col" className="numeric">
              Δ bytes
            </th>
            <th scope="col" className="numeric">
              Δ quality [95 %]
            </th>
            <th scope="col">Outcome</th>
          </tr>
        </thead>
        <tbody>
          {changes.map((change) => (
            <tr key={changedCodec(change.after)}>
              <th scope="row">
                <code>{changedCodec(change.after)}</code>
              </th>
              <td className="numeric">{grouped(fileBytes(change.after))}</td>
              <td className="numeric">{signed(change.bytes, 0)}</td>
              <td className="numeric">{changeText(change)}</td>
              <td>
                <span className={TONES[change.outcome] ?? 'verdict'}>{change.outcome}</span>
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
