import { useState } from 'react';
import { EMBEDDED_MODELS } from '../../lab/plan/presets';
import { TRAIN_PARAMETERS } from '../../lab/train/parameters';
import { useLab, usePage, usePlans, useTrain } from '../app/usePage';
import { canStart } from '../store/lab';
import { choosePlanModel } from '../store/plan';
import { trainPlanSummary } from './planSummary';
import { startTraining } from './commands';
import { keysFor, MAIN_KEYS, planOfTexts, TRAINABLE, defaultTexts, type FormKey } from './draft';
import { TrainField } from './TrainField';

/** Edits the settings of a training run and starts it. Settings that are rarely changed are collapsed. */
export function TrainForm() {
  const page = usePage();
  const model = useTrainModel();
  const texts = useTrain((s) => s.fields);
  const [all, setAll] = useState(false);
  const defaults = defaultTexts(model, texts);
  const keys = keysFor(model, texts);
  const fieldsOf = (selected: readonly FormKey[]) =>
    selected.map((key) => <TrainField key={key} model={model} name={key} defaultText={defaults[key]} />);
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
      <StartTraining model={model} />
    </form>
  );
}

/** Returns the model to train: the chosen one, or else the plan's model if it can be trained. */
function useTrainModel(): string {
  const chosen = usePlans((s) => s.draft.model);
  // Only embedded models can be trained in the page.
  const fallback = TRAINABLE.includes(chosen) ? chosen : TRAINABLE[0];
  return useTrain((s) => s.model) ?? fallback;
}

/** Chooses the model to train. A model that can be measured becomes the plan's model too. */
function ModelField({ model }: { model: string }) {
  const { plans, records, train } = usePage();
  const choose = (id: string): void => {
    const canBeMeasured = EMBEDDED_MODELS.has(id);
    if (canBeMeasured) choosePlanModel(plans, id);
    train.setState({ model: canBeMeasured ? null : id });
    records.setState({ cohort: null, selected: null, model: canBeMeasured ? null : id });
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

function StartTraining({ model }: { model: string }) {
  const page = usePage();
  const texts = useTrain((s) => s.fields);
  const hasPausedRun = useTrain((s) => s.paused.some((run) => run.model === model));
  const free = useLab(canStart);
  const found = planOfTexts(model, texts);
  const problem = 'problem' in found ? found.problem : undefined;
  return (
    <div className="train-start">
      <button type="submit" className="primary" disabled={!free || hasPausedRun || problem !== undefined}>
        Train
      </button>
      <p className={problem ? 'problem' : 'soft'} role="status">
        {'plan' in found
          ? hasPausedRun
            ? `A stopped run of ${model} is listed above. Resume it, or discard it to start another.`
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
