import { useState } from 'react';
import { bytes } from '../../base/format';
import type { StoredModel } from '../../models/hub/types';
import { useModels, usePage } from '../app/usePage';
import { plainName } from '../store/models';
import { DownloadProgressBar } from './MissingModel';
import { startDownload, deleteStoredModel, stopDownload, chooseHubModel } from './commands';

/** Lists the models stored in the browser, complete or not, with their sizes and buttons to use, resume or delete them. */
export function StoredModels() {
  const stored = useModels((s) => s.stored);
  const total = (stored ?? []).reduce((sum, model) => sum + model.bytes, 0);
  return (
    <section aria-labelledby="stored-title">
      <h3 id="stored-title">
        Stored in this browser {total > 0 && <span className="soft">{bytes(total)} in total</span>}
      </h3>
      {stored === null ? (
        <p className="soft">Checking…</p>
      ) : stored.length === 0 ? (
        <p className="soft">Nothing yet. Downloads stay here until you delete them.</p>
      ) : (
        <ul className="catalogue" aria-labelledby="stored-title">
          {stored.map((model) => (
            <Row
              key={`${model.id}@${model.revision}`}
              model={model}
              several={hasSeveralCommits(stored, model.id)}
            />
          ))}
        </ul>
      )}
    </section>
  );
}

/** Whether several commits of a model are stored, so that each is named with its commit. */
function hasSeveralCommits(stored: readonly StoredModel[], id: string): boolean {
  return stored.filter((model) => model.id === id).length > 1;
}

function Row({ model, several }: { model: StoredModel; several: boolean }) {
  const page = usePage();
  const { id, revision, complete, total } = model;
  const name = several ? `${id}@${revision}` : id;
  const download = useModels((s) => s.download);
  const current = download !== null && plainName(download.model) === id ? download : undefined;
  return (
    <li>
      <div className="model-line">
        <span className="model-name">{id}</span>
        <span className="model-what">
          {!current &&
            `${complete ? bytes(total) : `${bytes(model.bytes)} of ${bytes(total)}, incomplete`} · `}
          commit <code>{revision.slice(0, 7)}</code>
        </span>
        {current && <DownloadProgressBar {...current} />}
      </div>
      {current ? (
        <button type="button" className="small" onClick={() => stopDownload(page)}>
          Stop
        </button>
      ) : (
        <>
          {complete ? (
            <button
              type="button"
              className="small"
              aria-label={`Use ${name}, stored here`}
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

/** Resumes the download of a commit. */
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
  const [confirming, setConfirming] = useState(false);
  const what = `${bytes(model.bytes)} of ${model.id}`;
  if (!confirming)
    return (
      <button
        type="button"
        className="small"
        aria-label={`Delete ${what}…`}
        onClick={() => setConfirming(true)}
      >
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
        onClick={() => void deleteStoredModel(page, model)}
      >
        Delete
      </button>
      <button type="button" className="small" onClick={() => setConfirming(false)}>
        Cancel
      </button>
    </>
  );
}
