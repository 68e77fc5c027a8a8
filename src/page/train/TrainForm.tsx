import { useState } from 'react';
import { EMBEDDED_MODELS } from '../../lab/plan/presets';
import { TRAIN_PARAMETERS } from '../../lab/train/parameters';
import { useLab, usePage, usePlans, useTrain } from '../app/usePage';
import { canBegin } from '../store/lab';
import { choosePlanModel } from '../store/plan';
import { trainPlanSummary } from './planSummary';
import { startTraining } from './commands';
import { keysFor, MAIN_KEYS, planOfTexts, TRAINABLE, usualTexts, type FormKey } from './draft';
import { TrainField } from './TrainField';

/** Edits the settings of a training run, with those rarely changed folded away, and starts it. */
export function TrainForm() {
  const page = usePage();
  const model = useModel();
  const texts = useTrain((s) => s.fields);
  const [all, setAll] = useState(false);
  const usual = usualTexts(model, texts);
  const keys = keysFor(model, texts);
  const fieldsOf = (wanted: readonly FormKey[]) =>
    wanted.map((key) => <TrainField key={key} model={model} name={key} usual={usual[key]} />);
  return (
    <form
      className="train-form"
      onSubmit={(event) => {
        event.preventDefault();
        void startTraining(page, model, texts);
      }}
    >
      <div className="option-grid">
        <ModelField model={model} />
        {fieldsOf(MAIN_KEYS)}
      </div>
      <details className="layers" open={all} onToggle={(event) => setAll(event.currentTarget.open)}>
        <summary>All settings</summary>
        {all && <div className="option-grid">{fieldsOf(keys.filter((key) => !MAIN_KEYS.includes(key)))}</div>}
      </details>
      <Start model={model} />
    </form>
  );
}

function useModel(): string {
  const chosen = usePlans((s) => s.draft.model);
  // Only models that ship with the page can be trained in it.
  const usual = TRAINABLE.includes(chosen) ? chosen : TRAINABLE[0];
  return useTrain((s) => s.model) ?? usual;
}

/** Chooses the model to train. A model that can be measured becomes the plan's model too. */
function ModelField({ model }: { model: string }) {
  const { plans, records, train } = usePage();
  const choose = (id: string): void => {
    const measured = EMBEDDED_MODELS.has(id);
    if (measured) choosePlanModel(plans, id);
    train.setState({ model: measured ? null : id });
    records.setState({ cohort: null, selected: null, model: measured ? null : id });
  };
  return (
    <label className="field wide">
      <span>Model to train</span>
      <select value={model} onChange={(event) => choose(event.target.value)}>
        {TRAINABLE.map((id) => (
          <option key={id}>{id}</option>
        ))}
      </select>
    </label>
  );
}

function Start({ model }: { model: string }) {
  const page = usePage();
  const texts = useTrain((s) => s.fields);
  const waits = useTrain((s) => s.paused.some((run) => run.model === model));
  const free = useLab(canBegin);
  const found = planOfTexts(model, texts);
  const problem = 'problem' in found ? found.problem : undefined;
  return (
    <div className="train-start">
      <button type="submit" className="primary" disabled={!free || waits || problem !== undefined}>
        Train
      </button>
      <p className={problem ? 'problem' : 'soft'} role="status">
        {'plan' in found
          ? waits
            ? `A stopped run of ${model} is listed above. Resume it, or discard it to begin another.`
            : trainPlanSummary(found.plan)
          : `${found.problem.message} ${found.problem.remedy}`}
      </p>
      {Object.keys(texts).some((key) => key in TRAIN_PARAMETERS) && (
        <button type="button" className="small" onClick={() => page.train.setState({ fields: {} })}>
          Reset all
        </button>
      )}
    </div>
  );
}
