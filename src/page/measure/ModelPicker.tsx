import { useState } from 'react';
import { usePage, usePlans, useActivity, useModels } from '../app/usePage';
import { cardOf, MODEL_CARDS } from '../models/modelCard';
import { lazyDialogContent } from '../widgets/lazyComponent';
import { Modal } from '../widgets/Modal';
import { choosePlanModel } from '../store/plan';

const ModelChoices = lazyDialogContent(() => import('../models/ModelChoices').then((m) => m.ModelChoices));

const FileChoices = lazyDialogContent(() => import('../models/FileChoices').then((m) => m.FileChoices));

/** Chooses among the embedded models and the last other model, and opens the dialog with more. */
export function ModelPicker() {
  const { plans, records } = usePage();
  const model = usePlans((s) => s.draft.model);
  const running = useActivity('run') !== null;
  const other = useModels((s) => (s.last === null ? undefined : s.known.get(s.last)));
  const cards = other ? [...MODEL_CARDS, cardOf(other)] : MODEL_CARDS;
  const choose = (id: string): void => {
    choosePlanModel(plans, id);
    records.setState({ cohort: null, selected: null, model: null });
  };
  return (
    <fieldset className="models" disabled={running}>
      <legend>Model</legend>
      {cards.map(({ id, description, task }) => (
        <label key={id} className="model-card">
          <input type="radio" name="model" value={id} checked={id === model} onChange={() => choose(id)} />
          <span className="model-name">{id}</span>
          <span className="model-what">
            {description} · {task}
          </span>
        </label>
      ))}
      <div className="more-models">
        <MeasureFiles />
        <MoreModels />
      </div>
    </fieldset>
  );
}

/** Opens the dialog in which quantised files of the chosen model are measured. */
function MeasureFiles() {
  const [open, setOpen] = useState(false);
  return (
    <>
      <button type="button" className="small" aria-haspopup="dialog" onClick={() => setOpen(true)}>
        Measure files…
      </button>
      {open && (
        <Modal title="Measure files" className="models-dialog" onClose={() => setOpen(false)}>
          <FileChoices onMeasure={() => setOpen(false)} />
        </Modal>
      )}
    </>
  );
}

function MoreModels() {
  const { models } = usePage();
  const open = useModels((s) => s.dialogOpen);
  return (
    <>
      <button
        type="button"
        className="small"
        aria-haspopup="dialog"
        onClick={() => models.setState({ dialogOpen: true })}
      >
        More models…
      </button>
      {open && (
        <Modal
          title="More models"
          className="models-dialog"
          onClose={() => models.setState({ dialogOpen: false })}
        >
          <ModelChoices />
        </Modal>
      )}
    </>
  );
}
