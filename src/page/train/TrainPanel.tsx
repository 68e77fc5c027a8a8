import { useEffect } from 'react';
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
  useEffect(() => void refreshPausedRuns(page), [page]);
  return (
    <section className="panel train" aria-labelledby="train-title">
      <h2 id="train-title">Train</h2>
      <p className="soft">{summaryText(running, pausedCount)}</p>
      <TrainBody />
    </section>
  );
}

function TrainBody() {
  const running = useActivity('train') !== null;
  const pausedCount = useTrain((s) => s.paused.length);
  const view = useTrain((s) => s.run);
  return (
    <div className="train-body">
      {running ? <TrainProgress /> : pausedCount > 0 && <PausedRunList />}
      {!running && <TrainForm />}
      {view && <LossCurve view={view} />}
      {view && <TrainReport view={view} />}
    </div>
  );
}

function summaryText(running: boolean, pausedCount: number): string {
  if (running) return 'Running';
  if (pausedCount > 0)
    return pausedCount === 1 ? 'One run can be resumed' : `${pausedCount} runs can be resumed`;
  return 'Quantisation-aware training with ternary weights';
}
