import { bytes } from '../../base/format';
import { hubModels, type KnownModel } from '../../models/hub/catalogue';
import { useModels, usePage } from '../app/usePage';
import { cardOf } from './modelCard';
import { storedCopies } from '../store/models';
import { chooseHubModel } from './commands';

/** Lists models of the hub with size, licence and notes. */
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
  const isStored = useModels((s) => storedCopies(s.stored ?? [], id).some(({ complete }) => complete));
  const { description, task } = cardOf(model);
  return (
    <li>
      <div className="model-line">
        <span className="model-name">{id}</span>
        {isStored && <span className="badge badge-example">stored here</span>}
        {labels.map((label) => (
          <span key={label} className="badge">
            {label}
          </span>
        ))}
        <span className="model-what">
          {description} · {task} · about {bytes(model.bytes)} · licence: {licence}
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
