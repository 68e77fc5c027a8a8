import { verificationSteps, type StepState, type VerificationStep } from '../../lab/crossCheck/verifySteps';
import { useActivity, useLab, usePage, useRecords } from '../app/usePage';
import { ActivityStatus } from '../widgets/ActivityStatus';
import { canStart } from '../store/lab';
import type { Entry } from '../store/records';
import { crossCheckRecord, isOwn } from './commands';
import './verification.css';

/** Shows the six steps that verify a record, two of which use independent programs. */
export function Verification({ entry }: { entry: Entry }) {
  const steps = verificationSteps(entry.record);
  const done = steps.filter(({ state }) => state === 'done').length;
  return (
    <section className="verification" aria-label={`Verification of ${entry.record.codec.spec}`}>
      <div className="verification-head">
        <h3>
          Verified <span className="soft">{done} of 6 steps</span>
        </h3>
        <CrossCheckControl entry={entry} />
      </div>
      <CrossCheckFailure id={entry.record.id} />
      <ol>
        {steps.map((step) => (
          <Step key={step.id} step={step} />
        ))}
      </ol>
    </section>
  );
}

const MARKS: Readonly<Record<StepState, { sign: string; word: string }>> = {
  done: { sign: '✓', word: 'done' },
  failed: { sign: '✗', word: 'failed' },
  'not-done': { sign: '–', word: 'not done' },
};

function Step({ step: { label, state, text } }: { step: VerificationStep }) {
  const { sign, word } = MARKS[state];
  return (
    <li className={`step-${state}`}>
      <span className="step-sign" aria-hidden="true">
        {sign}
      </span>
      <div>
        <strong>{label}</strong> <span className="step-word">{word}</span>
        <p className="soft">{text}</p>
      </div>
    </li>
  );
}

function CrossCheckControl({ entry }: { entry: Entry }) {
  const page = usePage();
  const activity = useActivity('crossCheck', entry.record.id);
  const free = useLab(canStart);
  if (activity) return <ActivityStatus activity={activity} />;
  if (!isOwn(entry))
    return <span className="soft">Not measured in this browser. Run the plan here to cross-check it.</span>;
  return (
    <button
      type="button"
      className="small"
      disabled={!free}
      title="Builds the file again, reads its weights with @huggingface/hub and runs them with ONNX Runtime (downloads 14 MB once)"
      onClick={() => void crossCheckRecord(page, entry.record)}
    >
      Cross-check
    </button>
  );
}

function CrossCheckFailure({ id }: { id: string }) {
  const failure = useRecords((s) => s.crossCheckFailure);
  if (failure?.id !== id) return null;
  return (
    <p className="problem" role="alert">
      {failure.message} {failure.remedy}
    </p>
  );
}
