import { useId } from 'react';
import { needsBase } from '../../codecs/contract/registry';
import { CALIBRATION_DATA, EMBEDDED_DATA, type Task } from '../../lab/plan/presets';
import { PLAN_PARAMETERS } from '../../lab/plan/parameters';
import { useModelsLike, usePage, usePlans } from '../app/usePage';
import { Term } from '../glossary/Term';
import { fieldProblem, fieldsFor } from '../plan/draft';
import type { FieldKey, PlanDraft } from '../plan/draft';
import { setField } from '../store/plan';
import { TaskChoice } from '../tasks/TaskChoice';

/** Label, unit and glossary term of each parameter. */
const FIELD_LABELS: Readonly<Record<FieldKey, { label: string; term?: string; unit?: string }>> = {
  base: { label: 'Base' },
  data: { label: 'Data' },
  protocol: { label: 'Protocol', term: 'protocol' },
  context: { label: 'Context', term: 'context', unit: 'tokens' },
  stride: { label: 'Stride', term: 'stride', unit: 'tokens' },
  windows: { label: 'Windows', term: 'windows', unit: 'or "all"' },
  images: { label: 'Images' },
  scope: { label: 'Scope', term: 'scope' },
  rest: { label: 'Rest', term: 'rest' },
  metrics: { label: 'Metrics', term: 'metrics' },
  latency: { label: 'Latency', term: 'latency', unit: 'tokens or images, or "off"' },
  tasks: { label: 'Tasks', term: 'tasks' },
  'task-examples': { label: 'Examples of each task', term: 'tasks', unit: 'or "all"' },
  calibration: { label: 'Calibration', term: 'calibration' },
  'calibration-windows': { label: 'Calibration windows', term: 'calibration', unit: 'or images' },
  draws: { label: 'Calibration draws', term: 'calibration-draws' },
  verdict: { label: 'Verdict', term: 'verdict' },
  seed: { label: 'Seed', term: 'seed' },
  memory: { label: 'Memory', unit: 'e.g. 3GiB' },
};

/** A menu with a longer choice takes two columns. */
const MAX_NARROW_LENGTH = 18;

/** Edits the parameters of the measurement that apply to the model. */
export function PlanForm() {
  const { names } = usePage().plans;
  const model = usePlans((s) => s.draft.model);
  const draft = usePlans((s) => s.draft);
  const keys = fieldsFor(model, names).filter((key) => isApplicable(key, draft));
  return (
    <div className="plan-fields">
      <h3>Measurement</h3>
      <div className="option-grid">
        {keys.map((key) => (key === 'tasks' ? <TaskChoice key={key} /> : <PlanField key={key} name={key} />))}
      </div>
    </div>
  );
}

/**
 * Whether a field applies: the base only to codecs of the difference from it, the stride only to the sliding protocol, examples only with
 * tasks, windows and draws of calibration only with calibration data.
 */
function isApplicable(key: FieldKey, { codecs, fields }: PlanDraft): boolean {
  const { protocol, calibration, tasks } = fields;
  if (key === 'base') return codecs.some(needsBase);
  if (key === 'stride') return protocol === 'sliding';
  if (key === 'task-examples') return tasks !== undefined && tasks !== '';
  return !['calibration-windows', 'draws'].includes(key) || calibration !== 'none';
}

function PlanField({ name }: { name: FieldKey }) {
  const { plans } = usePage();
  const id = useId();
  const model = usePlans((s) => s.draft.model);
  const text = usePlans((s) => s.draft.fields[name]) ?? '';
  const { label, term, unit } = FIELD_LABELS[name];
  const problem = fieldProblem(name, text);
  const models = useModelsLike(model);
  const choices = choicesOf(name, plans.names.model(model).task, text, models);
  const isWide = choices?.some((choice) => choice.length > MAX_NARROW_LENGTH);
  const props = { id, 'aria-invalid': problem !== undefined, 'aria-describedby': `${id}-problem` };
  return (
    <div className={isWide ? 'field wide' : 'field'}>
      <label htmlFor={id}>
        <Term id={term}>{label}</Term>
        {unit && <span className="soft"> {unit}</span>}
      </label>
      {choices ? (
        <select {...props} value={text} onChange={(e) => setField(plans, name, e.target.value)}>
          {choices.map((choice) => (
            <option key={choice}>{choice}</option>
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

/**
 * Returns the choices of a menu, or undefined for a text field. Data sets are those of the model's task.
 * @param models the choices of the base
 */
function choicesOf(
  name: FieldKey,
  task: Task,
  text: string,
  models: readonly string[],
): readonly string[] | undefined {
  if (name === 'base') return [...new Set(['', ...models, text])];
  if (name !== 'data' && name !== 'calibration') return PLAN_PARAMETERS[name].values;
  const suitable = [...EMBEDDED_DATA].filter(([, of]) => of === task).map(([id]) => id);
  if (name === 'data') return suitable;
  // An address may name any data set; one that cannot be used is an error of the run.
  return [...new Set([...suitable.filter((id) => CALIBRATION_DATA.has(id)), 'none', text])];
}
