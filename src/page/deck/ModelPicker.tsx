import { usePage, usePlans, useLab } from '../app/usePage';
import { MODEL_CARDS } from '../models';
import { chooseModel } from '../store/planStore';

export function ModelPicker() {
  const { plans, records } = usePage();
  const model = usePlans((s) => s.draft.model);
  const running = useLab((s) => s.phase === 'running');
  const choose = (id: string): void => {
    chooseModel(plans, id);
    records.setState({ cohort: null, selected: null, model: null });
  };
  return (
    <fieldset className="models" disabled={running}>
      <legend>Model</legend>
      {MODEL_CARDS.map(({ id, what, task }) => (
        <label key={id} className="model-card">
          <input type="radio" name="model" value={id} checked={id === model} onChange={() => choose(id)} />
          <span className="model-name">{id}</span>
          <span className="model-what">
            {what} · {task}
          </span>
        </label>
      ))}
    </fieldset>
  );
}
