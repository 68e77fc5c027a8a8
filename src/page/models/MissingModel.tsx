import { bytes, duration } from '../../base/format';
import { hubOrigin } from '../../models/hub/origin';
import { useModels, usePage } from '../app/usePage';
import { ProgressBar } from '../widgets/ProgressBar';
import { availabilityOf, type DownloadView } from '../store/models';
import { startDownload, stopDownload } from './commands';

/** Replaces Run for a model that is not available: offers its download, or shows its progress. */
export function MissingModel({ model }: { model: string }) {
  const availability = availabilityOf(
    useModels((s) => s),
    model,
  );
  switch (availability.state) {
    case 'downloading':
      return <Downloading {...availability.download} />;
    case 'missing':
      return (
        <DownloadOffer model={model} stored={availability.storedBytes} total={availability.totalBytes} />
      );
    case 'unknown':
      return <p className="soft">Checking stored models…</p>;
    case 'available':
      return null;
  }
}

interface OfferProps {
  model: string;
  /** Bytes downloaded so far. */
  stored: number;
  /** Bytes of all files. */
  total: number;
}

function DownloadOffer({ model, stored, total }: OfferProps) {
  const page = usePage();
  const known = useModels((s) => s.known.get(model));
  const feasibility = useModels((s) => s.feasibility);
  const busy = useModels((s) => s.download !== null);
  const about = known?.hub ? '' : 'about ';
  return (
    <>
      <button type="button" className="run" disabled={busy} onClick={() => void startDownload(page, model)}>
        {stored > 0 ? 'Resume' : 'Download'}
      </button>
      <p className="run-summary">
        <strong className="estimate">
          {stored > 0
            ? `${bytes(stored)} of ${bytes(total)} downloaded`
            : `Not downloaded yet: ${about}${bytes(total)}`}
        </strong>
        <span className="soft">
          From {new URL(hubOrigin()).host}
          {known?.licence && ` · licence: ${known.licence}`}
        </span>
        {known?.note && <span className="soft">{known.note}</span>}
        {feasibility && (
          <span className={feasibility.can === 'no' ? 'problem' : 'soft'}>{feasibility.text}</span>
        )}
      </p>
    </>
  );
}

function Downloading({ model, progress, stopping }: DownloadView) {
  const page = usePage();
  return (
    <>
      <button type="button" className="run stop" disabled={stopping} onClick={() => stopDownload(page)}>
        {stopping ? 'Stopping…' : 'Stop'}
      </button>
      <DownloadProgressBar model={model} progress={progress} />
    </>
  );
}

/** Shows bytes, rate and remaining time of a download, or why it waits. */
export function DownloadProgressBar({ model, progress }: Pick<DownloadView, 'model' | 'progress'>) {
  const fraction = progress && progress.total > 0 ? progress.loaded / progress.total : 0;
  return (
    <div className="progress download-progress">
      <div className="progress-text">
        <span className="step">{progress ? amounts(progress) : `Requesting ${model}…`}</span>
        <span className="times">{progress && rate(progress)}</span>
      </div>
      <ProgressBar label="Download" fraction={fraction} />
      <p className="soft" role="status">
        {progress?.waiting}
      </p>
    </div>
  );
}

type Progress = NonNullable<DownloadView['progress']>;

function amounts({ loaded, total, file }: Progress): string {
  return `${bytes(loaded)} of ${bytes(total)} · ${file}`;
}

function rate({ bytesPerSecond, secondsLeft }: Progress) {
  if (bytesPerSecond === 0) return null;
  return (
    <>
      {bytes(bytesPerSecond)}/s
      {secondsLeft !== undefined && <strong> · {duration(1000 * secondsLeft)} left</strong>}
    </>
  );
}
