import { useMemo, useState } from 'react';
import { decide, decisionGroups, type Decision, type DecisionGroup } from '../../lab/decide/decide';
import { answer } from '../../lab/decide/text';
import { useValues } from '../app/usePage';
import type { ShownRecords } from '../app/useShownRecords';
import { CopyLink } from '../widgets/CopyLink';
import { ExampleBadge } from '../widgets/ExampleBadge';
import { ProblemText } from '../widgets/ProblemText';
import { CandidateTable } from './CandidateTable';
import { DecisionForm } from './DecisionForm';
import { requestOf } from './draft';
import './decide.css';

/** Chooses among the records of the curve: the answer as a sentence, limits, and why each of the others is rejected. */
export function DecidePanel({ shown }: { shown: ShownRecords }) {
  const groups = useMemo(() => decisionGroups(shown.entries.map(({ record }) => record)), [shown.entries]);
  const [device, setDevice] = useState<string | null>(null);
  const group = groups.find((each) => each.device === device) ?? groups[0];
  const isEmpty = !group?.records.some(({ role }) => role !== 'baseline');
  return (
    <section className="panel decide" aria-labelledby="decide-title">
      <div className="panel-head">
        <div>
          <h2 id="decide-title">Decide {shown.example && <ExampleBadge />}</h2>
          {!isEmpty && <DeviceChoice groups={groups} group={group} onChoose={setDevice} />}
        </div>
        <CopyLink disabled={false} />
      </div>
      {isEmpty ? (
        <p className="soft">No codec of {shown.model} has been measured. Press Run.</p>
      ) : (
        <DecisionOf group={group} />
      )}
    </section>
  );
}

interface DeviceChoiceProps {
  groups: readonly DecisionGroup[];
  group: DecisionGroup;
  onChoose: (device: string) => void;
}

/** Shows the device of the records, or a menu if there are several, which are not compared with each other. */
function DeviceChoice({ groups, group, onChoose }: DeviceChoiceProps) {
  if (groups.length === 1) return <p className="soft">Measured on {group.device}</p>;
  return (
    <select aria-label="Measured on" value={group.device} onChange={(event) => onChoose(event.target.value)}>
      {groups.map(({ device }) => (
        <option key={device}>{device}</option>
      ))}
    </select>
  );
}

function DecisionOf({ group }: { group: DecisionGroup }) {
  const values = useValues('decide');
  const outcome = useMemo(() => {
    const parsed = requestOf(values);
    return 'problem' in parsed ? parsed : { decision: decide(group, parsed.request) };
  }, [group, values]);
  return (
    <>
      {'problem' in outcome ? (
        <ProblemText problem={outcome.problem} />
      ) : (
        <Answer decision={outcome.decision} />
      )}
      <DecisionForm task={group.records[0].quality.task} />
      {'decision' in outcome && <CandidateTable decision={outcome.decision} />}
    </>
  );
}

function Answer({ decision }: { decision: Decision }) {
  return (
    <p className="answer" role="status">
      {answer(decision).map((part, i) =>
        typeof part === 'string' ? part : <code key={i}>{part.codec}</code>,
      )}
    </p>
  );
}
