import { useEffect, useState } from 'react';
import { useActivity, usePage, useTrain } from '../app/usePage';
import { LossCurve } from './LossCurve';
import { Paused } from './Paused';
import { listPaused } from './commands';
import { TrainForm } from './TrainForm';
import { TrainProgress } from './TrainProgress';
import { TrainReport } from './TrainResults';
import './train.css';

/** The section about training: settings, progress and results. It is loaded after the first screen. */
export function TrainPanel() {
  const page = usePage();
  const running = useActivity('train') !== null;
  const waiting = useTrain((s) => s.paused.length);
  const [opened, setOpened] = useState(false);
  useEffect(() => void listPaused(page), [page]);
  return (
    <details
      className="panel fold train"
      open={opened || running || waiting > 0}
      onToggle={(event) => setOpened(event.currentTarget.open)}
    >
      <summary>
        <h2 id="train-title">Train</h2> <span className="soft">{summaryText(running, waiting)}</span>
      </summary>
      {(opened || running || waiting > 0) && <Body />}
    </details>
  );
}

function Body() {
  const running = useActivity('train') !== null;
  const waiting = useTrain((s) => s.paused.length);
  const view = useTrain((s) => s.run);
  return (
    <section className="train-body" aria-labelledby="train-title">
      {running ? <TrainProgress /> : waiting > 0 && <Paused />}
      {!running && <TrainForm />}
      {view && <LossCurve view={view} />}
      {view && <TrainReport view={view} />}
    </section>
  );
}

function summaryText(running: boolean, waiting: number): string {
  if (running) return 'running';
  if (waiting > 0) return waiting === 1 ? 'one run can be resumed' : `${waiting} runs can be resumed`;
  return 'with weights rounded to three values, so that the model tolerates the rounding';
}
