import { bytes } from '../../base/format';
import { hubModels, type KnownModel } from '../../models/hub/catalogue';
import { useModels, usePage } from '../app/usePage';
import { cardOf } from './modelCard';
import { keptOf } from '../store/models';
import { chooseHubModel } from './commands';

/** Lists models of the hub with what a visitor should know before choosing one. */
export function Catalogue() {
  return (
    <section aria-labelledby="catalogue-title">
      <h3 id="catalogue-title">On the hub</h3>
      <ul className="catalogue" tabIndex={0} aria-labelledby="catalogue-title">
        {hubModels.map((model) => (
          <Row key={model.id} model={model} />
        ))}
      </ul>
    </section>
  );
}

function Row({ model }: { model: KnownModel }) {
  const page = usePage();
  const { id, licence, labels = [], notes } = model;
  const kept = useModels((s) => keptOf(s.kept ?? [], id).some(({ complete }) => complete));
  const { what, task } = cardOf(model);
  return (
    <li>
      <div className="model-line">
        <span className="model-name">{id}</span>
        {kept && <span className="badge badge-example">kept here</span>}
        {labels.map((label) => (
          <span key={label} className="badge">
            {label}
          </span>
        ))}
        <span className="model-what">
          {what} · {task} · about {bytes(model.bytes)} · licence: {licence}
        </span>
        {notes && <span className="model-what">{notes}</span>}
      </div>
      <button
        type="button"
        className="small"
        aria-label={`Use ${id}`}
        onClick={() => void chooseHubModel(page, id)}
      >
        Use
      </button>
    </li>
  );
}
