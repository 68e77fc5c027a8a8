import { useEffect, useState } from 'react';
import { useActivity, usePage, useTrain } from '../app/usePage';
import { LossCurve } from './LossCurve';
import { PausedRunList } from './PausedRunList';
import { refreshPausedRuns } from './commands';
import { TrainForm } from './TrainForm';
import { TrainProgress } from './TrainProgress';
import { TrainReport } from './TrainResults';
import './train.css';

/** Shows settings, progress and results of training. It is loaded after the first screen. */
export function TrainPanel() {
  const page = usePage();
  const running = useActivity('train') !== null;
  const pausedCount = useTrain((s) => s.paused.length);
  const [opened, setOpened] = useState(false);
  useEffect(() => void refreshPausedRuns(page), [page]);
  return (
    <details
      className="panel fold train"
      open={opened || running || pausedCount > 0}
      onToggle={(event) => setOpened(event.currentTarget.open)}
    >
      <summary>
        <h2 id="train-title">Train</h2> <span className="soft">{summaryText(running, pausedCount)}</span>
      </summary>
      {(opened || running || pausedCount > 0) && <TrainBody />}
    </details>
  );
}

function TrainBody() {
  const running = useActivity('train') !== null;
  const pausedCount = useTrain((s) => s.paused.length);
  const view = useTrain((s) => s.run);
  return (
    <section className="train-body" aria-labelledby="train-title">
      {running ? <TrainProgress /> : pausedCount > 0 && <PausedRunList />}
      {!running && <TrainForm />}
      {view && <LossCurve view={view} />}
      {view && <TrainReport view={view} />}
    </section>
  );
}

function summaryText(running: boolean, pausedCount: number): string {
  if (running) return 'Running';
  if (pausedCount > 0)
    return pausedCount === 1 ? 'One run can be resumed' : `${pausedCount} runs can be resumed`;
  return 'Quantisation-aware training with ternary weights';
}
