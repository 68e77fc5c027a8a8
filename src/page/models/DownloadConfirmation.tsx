import { bytes } from '../../base/format';
import { hubOrigin, splitHubId } from '../../models/hub/origin';
import { useModels, usePage } from '../app/usePage';
import { declineDownload, availabilityOf } from '../store/models';
import { startDownload } from './commands';
import './models.css';

/** Asks for confirmation of a large download and shows its size, licence, commit and place of storage. */
export function DownloadConfirmation({ model }: { model: string }) {
  const page = usePage();
  const state = useModels((s) => s);
  const known = state.known.get(model);
  const availability = availabilityOf(state, model);
  const [stored, total] =
    availability.state === 'missing' ? [availability.storedBytes, availability.totalBytes] : [0, 0];
  const { id } = splitHubId(model);
  const size = bytes(total - stored);
  return (
    <>
      <dl className="ask">
        <div>
          <dt>Size</dt>
          <dd>{stored > 0 ? `${size} more; ${bytes(stored)} already downloaded` : size}</dd>
        </div>
        <div>
          <dt>Licence</dt>
          <dd>
            {known?.licence ?? 'see its page'} (
            <a href={`${hubOrigin()}/${id}`} target="_blank" rel="noreferrer">
              the model’s page
            </a>
            )
          </dd>
        </div>
        <div>
          <dt>Commit</dt>
          <dd>
            <code>{known?.hub?.revision.slice(0, 12)}</code>
          </dd>
        </div>
        <div>
          <dt>Storage</dt>
          <dd>In this browser’s storage for this page, until you delete it under “More models”.</dd>
        </div>
      </dl>
      {known?.note && <p>{known.note}</p>}
      {state.feasibility && <p className="soft">{state.feasibility.text}</p>}
      <div className="tools ask-tools">
        <button type="button" className="primary" onClick={() => void startDownload(page, model, true)}>
          Download {size}
        </button>
        <button type="button" className="small" onClick={() => declineDownload(page.models)}>
          Not now
        </button>
      </div>
    </>
  );
}
