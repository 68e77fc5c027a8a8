import { useId } from 'react';
import { CALIBRATION_DATA, EMBEDDED_DATA, type Task } from '../../lab/plan/presets';
import { PLAN_PARAMETERS } from '../../lab/plan/parameters';
import { usePage, usePlans } from '../app/usePage';
import { Term } from '../glossary/Term';
import { fieldProblem, fieldsFor } from '../plan/draft';
import type { FieldKey, PlanDraft } from '../plan/draft';
import { setField } from '../store/plan';

/** The label of a parameter, its unit, and its term in the glossary. */
const WORDS: Readonly<Record<FieldKey, { label: string; term?: string; unit?: string }>> = {
  data: { label: 'Data' },
  protocol: { label: 'Protocol', term: 'protocol' },
  context: { label: 'Context', term: 'context', unit: 'tokens' },
  stride: { label: 'Stride', term: 'stride', unit: 'tokens' },
  windows: { label: 'Windows', term: 'windows', unit: 'or "all"' },
  images: { label: 'Images' },
  scope: { label: 'Scope', term: 'scope' },
  rest: { label: 'Rest', term: 'rest' },
  metrics: { label: 'Metrics', term: 'metrics' },
  calibration: { label: 'Calibration', term: 'calibration' },
  'calibration-windows': { label: 'Calibration windows', term: 'calibration', unit: 'or images' },
  draws: { label: 'Calibration draws', term: 'calibration-draws' },
  verdict: { label: 'Verdict', term: 'verdict' },
  seed: { label: 'Seed', term: 'seed' },
};

/** Menus with longer words take two columns. */
const LONG_WORD = 18;

/** Edits the parameters of the measurement that have a meaning for the model. */
export function PlanForm() {
  const { names } = usePage().plans;
  const model = usePlans((s) => s.draft.model);
  const fields = usePlans((s) => s.draft.fields);
  const keys = fieldsFor(model, names).filter((key) => hasMeaning(key, fields));
  return (
    <div className="plan-fields">
      <h3>Measurement</h3>
      <div className="option-grid">
        {keys.map((key) => (
          <PlanField key={key} name={key} />
        ))}
      </div>
    </div>
  );
}

/** Whether a field has a meaning: the stride only for the sliding protocol, calibration counts only with calibration data. */
function hasMeaning(key: FieldKey, { protocol, calibration }: PlanDraft['fields']): boolean {
  if (key === 'stride') return protocol === 'sliding';
  return !['calibration-windows', 'draws'].includes(key) || calibration !== 'none';
}

function PlanField({ name }: { name: FieldKey }) {
  const { plans } = usePage();
  const id = useId();
  const model = usePlans((s) => s.draft.model);
  const text = usePlans((s) => s.draft.fields[name]) ?? '';
  const { label, term, unit } = WORDS[name];
  const problem = fieldProblem(name, text);
  const words = wordsOf(name, plans.names.model(model).task, text);
  const isLong = words?.some((word) => word.length > LONG_WORD);
  const props = { id, 'aria-invalid': problem !== undefined, 'aria-describedby': `${id}-problem` };
  return (
    <div className={isLong ? 'field wide' : 'field'}>
      <label htmlFor={id}>
        <Term id={term}>{label}</Term>
        {unit && <span className="soft"> {unit}</span>}
      </label>
      {words ? (
        <select {...props} value={text} onChange={(e) => setField(plans, name, e.target.value)}>
          {words.map((word) => (
            <option key={word}>{word}</option>
          ))}
        </select>
      ) : (
        <input
          {...props}
          inputMode="numeric"
          placeholder={PLAN_PARAMETERS[name].fallback}
          value={text}
          onChange={(e) => setField(plans, name, e.target.value)}
        />
      )}
      <p id={`${id}-problem`} className="problem">
        {problem && `${problem.message} ${problem.remedy}`}
      </p>
    </div>
  );
}

/** Returns the allowed words; data sets are those that measure the model's task. */
function wordsOf(name: FieldKey, task: Task, text: string): readonly string[] | undefined {
  if (name !== 'data' && name !== 'calibration') return PLAN_PARAMETERS[name].values;
  const fits = [...EMBEDDED_DATA].filter(([, of]) => of === task).map(([id]) => id);
  if (name === 'data') return fits;
  // An address may name any set; one that cannot be used is an error of the run.
  return [...new Set([...fits.filter((id) => CALIBRATION_DATA.has(id)), 'none', text])];
}
