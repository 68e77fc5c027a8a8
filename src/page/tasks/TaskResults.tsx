import { fixed, significant } from '../../base/format';
import type { LabRecord } from '../../lab/results/record';
import type { TaskResult } from '../../lab/results/taskResult';
import { metricChange, metricDelta, metricText } from '../../lab/results/taskTable';
import { Term } from '../glossary/Term';
import { WITHIN_WORDS } from './words';
import './tasks.css';

/** Shows what a record scored in each task, and the first examples with the answers. */
export function TaskResults({ tasks }: { tasks: NonNullable<LabRecord['tasks']> }) {
  return (
    <section className="task-results" aria-label="Tasks">
      <h3>
        <Term id="tasks">Tasks</Term>
      </h3>
      {tasks.map((task) => (
        <TaskSection key={task.task} task={task} />
      ))}
    </section>
  );
}

function TaskSection({ task }: { task: TaskResult }) {
  const isCompared = task.metrics.some(({ comparison }) => comparison);
  return (
    <>
      <h4>
        {task.label} <span className="soft">{amountText(task)}</span>
      </h4>
      <div className="table-scroll" tabIndex={0} role="region" aria-label={`Metrics of ${task.task}`}>
        <table>
          <thead>
            <tr>
              <th scope="col">Metric</th>
              <th scope="col" className="numeric">
                Value ± SE
              </th>
              {isCompared && <ComparisonHeaders />}
            </tr>
          </thead>
          <tbody>
            {task.metrics.map((metric) => (
              <tr key={metric.id}>
                <th scope="row">{metric.label}</th>
                <td className="numeric">{metricText(metric)}</td>
                {isCompared && <ComparisonCells metric={metric} />}
              </tr>
            ))}
          </tbody>
        </table>
      </div>
      <Samples task={task} />
    </>
  );
}

function ComparisonHeaders() {
  return (
    <>
      <th scope="col" className="numeric">
        Δ [95 %]
      </th>
      <th scope="col" className="numeric">
        Change
      </th>
      <th scope="col">Within 10 %</th>
    </>
  );
}

function ComparisonCells({ metric }: { metric: TaskResult['metrics'][number] }) {
  const verdict = metric.comparison?.withinTenPercent;
  return (
    <>
      <td className="numeric">{metricDelta(metric)}</td>
      <td className="numeric">{metricChange(metric)}</td>
      <td>{verdict && `${WITHIN_WORDS[verdict].sign} ${verdict}`}</td>
    </>
  );
}

/** Returns how much was asked: "200 examples, 3 left out as too long, 12.3 a second". */
function amountText({ examples, leftOut, examplesPerSecond }: TaskResult): string {
  const parts = [`${fixed(examples, 0)} examples`];
  if (leftOut.length > 0) parts.push(`${fixed(leftOut.length, 0)} left out, longer than the context`);
  if (examplesPerSecond !== undefined) parts.push(`${significant(examplesPerSecond)} a second`);
  return parts.join(', ');
}

function Samples({ task: { samples, task } }: { task: TaskResult }) {
  return (
    <details className="layers">
      <summary>First {samples.length} examples</summary>
      <ol className="task-samples" tabIndex={0} aria-label={`Examples of ${task}`}>
        {samples.map(({ place, prompt, expected, baseline, answer }) => (
          <li key={place}>
            <p className="task-prompt">{prompt}</p>
            <dl>
              <Answer term="Right" text={expected} />
              {baseline !== undefined && <Answer term="Float32" text={baseline} />}
              <Answer term={baseline === undefined ? 'Float32' : 'Codec'} text={answer} />
            </dl>
          </li>
        ))}
      </ol>
    </details>
  );
}

function Answer({ term, text }: { term: string; text: string }) {
  return (
    <div>
      <dt>{term}</dt>
      <dd>{text.trim() === '' ? <span className="missing">nothing</span> : text}</dd>
    </div>
  );
}
