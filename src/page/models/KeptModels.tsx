import { useState } from 'react';
import { bytes } from '../../base/format';
import type { StoredModel } from '../../models/hub/types';
import { useModels, usePage } from '../app/usePage';
import { plainName } from '../store/models';
import { DownloadProgressBar } from './MissingModel';
import { startDownload, removeKept, stopDownload, chooseHubModel } from './commands';

/** Lists the models that the browser keeps, complete or not, with their sizes and a way to delete them. */
export function KeptModels() {
  const kept = useModels((s) => s.kept);
  const total = (kept ?? []).reduce((sum, model) => sum + model.bytes, 0);
  return (
    <section aria-labelledby="kept-title">
      <h3 id="kept-title">
        Kept in this browser {total > 0 && <span className="soft">{bytes(total)} in all</span>}
      </h3>
      {kept === null ? (
        <p className="soft">Checking…</p>
      ) : kept.length === 0 ? (
        <p className="soft">Nothing yet. Downloads stay here until you delete them.</p>
      ) : (
        <ul className="catalogue" aria-labelledby="kept-title">
          {kept.map((model) => (
            <Row key={`${model.id}@${model.revision}`} model={model} several={isSeveral(kept, model.id)} />
          ))}
        </ul>
      )}
    </section>
  );
}

/** Whether several commits of a model are kept, so that each is named with its own. */
function isSeveral(kept: readonly StoredModel[], id: string): boolean {
  return kept.filter((model) => model.id === id).length > 1;
}

function Row({ model, several }: { model: StoredModel; several: boolean }) {
  const page = usePage();
  const { id, revision, complete, total } = model;
  const name = several ? `${id}@${revision}` : id;
  const download = useModels((s) => s.download);
  const arriving = download !== null && plainName(download.model) === id ? download : undefined;
  return (
    <li>
      <div className="model-line">
        <span className="model-name">{id}</span>
        <span className="model-what">
          {!arriving &&
            `${complete ? bytes(total) : `${bytes(model.bytes)} of ${bytes(total)}, incomplete`} · `}
          commit <code>{revision.slice(0, 7)}</code>
        </span>
        {arriving && <DownloadProgressBar {...arriving} />}
      </div>
      {arriving ? (
        <button type="button" className="small" onClick={() => stopDownload(page)}>
          Stop
        </button>
      ) : (
        <>
          {complete ? (
            <button
              type="button"
              className="small"
              aria-label={`Use ${name}, kept here`}
              onClick={() => void chooseHubModel(page, name)}
            >
              Use
            </button>
          ) : (
            <Resume name={`${id}@${revision}`} plain={name} />
          )}
          <Delete model={model} />
        </>
      )}
    </li>
  );
}

/** Resumes the download of the commit that was begun. */
function Resume({ name, plain }: { name: string; plain: string }) {
  const page = usePage();
  const busy = useModels((s) => s.download !== null);
  return (
    <button
      type="button"
      className="small"
      disabled={busy}
      aria-label={`Resume ${plain}`}
      onClick={() => void startDownload(page, name)}
    >
      Resume
    </button>
  );
}

function Delete({ model }: { model: StoredModel }) {
  const page = usePage();
  const [asking, setAsking] = useState(false);
  const what = `${bytes(model.bytes)} of ${model.id}`;
  if (!asking)
    return (
      <button type="button" className="small" aria-label={`Delete ${what}…`} onClick={() => setAsking(true)}>
        Delete…
      </button>
    );
  return (
    <>
      <button
        type="button"
        className="small danger"
        autoFocus
        aria-label={`Delete ${what}`}
        onClick={() => void removeKept(page, model)}
      >
        Delete
      </button>
      <button type="button" className="small" onClick={() => setAsking(false)}>
        Keep
      </button>
    </>
  );
}
