import { useMemo } from 'react';
import { useActivity, usePage, usePlans, useView } from '../app/usePage';
import { useSelectedEntry } from '../app/useShownRecords';
import type { ShownRecords } from '../app/useShownRecords';
import { AnswerBar } from '../answer/AnswerBar';
import { useQualityLimit } from '../answer/limit';
import { ExampleBadge } from '../widgets/ExampleBadge';
import { lazyComponent } from '../widgets/lazyComponent';
import { Chart } from './Chart';
import { ChartControls } from './ChartControls';
import { Legend } from './Legend';
import { chartPoints } from './points';
import type { ChartPoint } from './points';
import { shownAxis, taskAxes } from './quality';

const Inspector = lazyComponent(() => import('../inspector/Inspector').then((m) => m.Inspector));
const RecordDetails = lazyComponent(() => import('../inspector/RecordDetails').then((m) => m.RecordDetails));

export function CurvePanel({ shown }: { shown: ShownRecords }) {
  const chosen = useView((s) => s.chart);
  const records = useMemo(() => shown.entries.map(({ record }) => record), [shown.entries]);
  const view = useMemo(() => ({ ...chosen, y: shownAxis(records, chosen.y) }), [records, chosen]);
  const points = useMemo(() => chartPoints(shown.entries, view), [shown.entries, view]);
  const selected = useSelectedEntry(shown);
  const limit = useQualityLimit();
  const planModel = usePlans((s) => s.draft.model);
  return (
    <section className="panel curve" aria-labelledby="curve-title">
      <div className="panel-head">
        <div>
          <h2 id="curve-title">
            Curve {shown.model !== planModel && `of ${shown.model} `}
            {shown.cohort && shown.example && <ExampleBadge />}
          </h2>
          <CohortLine shown={shown} />
        </div>
        {points.length > 0 && <ChartControls points={points} chart={view} tasks={taskAxes(records)} />}
      </div>
      {points.length > 0 && <AnswerBar shown={shown} />}
      {points.length === 0 ? (
        <EmptyChart model={shown.model} trained={shown.model !== planModel} />
      ) : (
        <div className={selected ? 'curve-body inspecting' : 'curve-body'}>
          <div className="curve-drawing">
            <Chart points={points} view={view} limit={limit} label={chartDescription(points)} />
            <Legend points={points} />
          </div>
          {selected && <Inspector entry={selected} />}
          {selected && <RecordDetails entry={selected} />}
        </div>
      )}
    </section>
  );
}

/** Shows the cohort on the curve, or a menu if there are several, since one curve never mixes them. */
function CohortLine({ shown }: { shown: ShownRecords }) {
  const { records } = usePage();
  const { cohorts, cohort } = shown;
  if (!cohort) return null;
  return (
    <p className="cohort">
      {cohorts.length > 1 ? (
        <select
          aria-label="Measurement"
          value={cohort.key}
          onChange={(event) => records.setState({ cohort: event.target.value, selected: null })}
        >
          {cohorts.map(({ key, label }) => (
            <option key={key} value={key}>
              {label}
            </option>
          ))}
        </select>
      ) : (
        <span className="soft">{cohort.label}</span>
      )}
    </p>
  );
}

/** Says how to get the first point. @param trained whether the model is measured by training instead of Run */
function EmptyChart({ model, trained }: { model: string; trained: boolean }) {
  const running = useActivity('run') !== null;
  return (
    <div className="empty">
      <svg viewBox="0 0 320 120" aria-hidden="true">
        <path className="empty-axis" d="M24 8v96h288" />
        <path className="empty-curve" d="M48 16c10 56 60 76 256 80" />
      </svg>
      <p>
        {running
          ? 'The first point appears as soon as its codec is measured.'
          : trained
            ? `No points yet for ${model}. Train it in the view Train, and its results appear here.`
            : `No points yet for ${model}. Press Run, and each codec appears here as soon as it is measured.`}
      </p>
    </div>
  );
}

/** Returns a description of the chart for screen readers; the table has all numbers. */
function chartDescription(points: readonly ChartPoint[]): string {
  const best = points.filter((p) => p.frontier).map((p) => p.record.codec.spec);
  return `Size against quality of ${points.length} records. On the Pareto frontier: ${best.join(', ') || 'none'}. The table below has the same points.`;
}
