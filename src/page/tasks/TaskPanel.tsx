import {
  metricChange,
  metricDelta,
  metricText,
  scoreRows,
  type ScoreRow,
  type TaskMetricResult,
} from '../../lab/results/taskTable';
import { usePage, usePlans } from '../app/usePage';
import type { ShownRecords } from '../app/useShownRecords';
import { Term } from '../glossary/Term';
import { showRecord } from '../views/commands';
import { TaskChoice } from './TaskChoice';
import { WITHIN_WORDS } from './words';
import './tasks.css';

/** Chooses the tasks of the plan, and lists what each record scored. */
export function TaskPanel({ shown }: { shown: ShownRecords }) {
  const rows = scoreRows(shown.entries.map(({ record }) => record));
  return (
    <section className="panel" aria-labelledby="tasks-title">
      <h2 id="tasks-title">
        <Term id="tasks">Tasks</Term> of {shown.model}
      </h2>
      <TaskSettings />
      {rows.length > 0 && <ScoreTable rows={rows} />}
    </section>
  );
}

/** Adds tasks to the plan, where its model can answer them. */
function TaskSettings() {
  const { plans } = usePage();
  const { model, images } = usePlans((s) => s.plan);
  if (images > 0 || plans.names.model(model).task !== 'language-model')
    return <p className="soft">{model} classifies images. Choose a language model to ask it tasks.</p>;
  return (
    <>
      <p className="soft">
        Choose what each codec is asked beside the perplexity, and press Run. The scores appear here.
      </p>
      <TaskChoice />
    </>
  );
}

function ScoreTable({ rows }: { rows: readonly ScoreRow[] }) {
  const page = usePage();
  return (
    <div className="table-scroll" tabIndex={0} role="region" aria-label="Scores">
      <table>
        <thead>
          <tr>
            <th scope="col">Codec</th>
            <th scope="col">Task</th>
            <th scope="col">Metric</th>
            <th scope="col" className="numeric">
              Value ± SE
            </th>
            <th scope="col" className="numeric">
              Δ [95 %]
            </th>
            <th scope="col" className="numeric">
              Change
            </th>
            <th scope="col">Within 10 %</th>
          </tr>
        </thead>
        <tbody>
          {rows.map(({ record, task, metric }) => (
            <tr key={`${record.id} ${task} ${metric.id}`}>
              <th scope="row">
                <button type="button" className="row-button" onClick={() => showRecord(page, record)}>
                  <code>{record.role === 'baseline' ? record.codec.label : record.codec.spec}</code>
                </button>
              </th>
              <td>{task}</td>
              <td>{metric.label}</td>
              <td className="numeric">{metricText(metric)}</td>
              <td className="numeric">{metricDelta(metric)}</td>
              <td className="numeric">{metricChange(metric)}</td>
              <td>{withinText(metric)}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

function withinText({ comparison }: TaskMetricResult): string {
  if (!comparison) return '–';
  const { withinTenPercent } = comparison;
  return `${WITHIN_WORDS[withinTenPercent].sign} ${withinTenPercent}`;
}
