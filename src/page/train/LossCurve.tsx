import { useMemo, useRef } from 'react';
import { fixed, grouped } from '../../base/format';
import { TRAIN_STAGES } from '../../lab/train/plan';
import { useWidth } from '../chart/Chart';
import type { TrainView } from '../store/train';
import { lossFigure, lossSeries, MARGIN, type LossFigure, type LossSeries } from './lossFigure';
import { STAGE_LABELS } from './view';

const HEIGHT = 220;

/** Draws the loss of every step (pale) and its running mean (strong). Each stage starts at its own first step. */
export function LossCurve({ view: { steps, plan } }: { view: TrainView }) {
  const series = useMemo(() => lossSeries(steps), [steps]);
  const maxSteps = Math.max(...TRAIN_STAGES.map((stage) => plan.stages[stage]?.steps ?? 0));
  return series.length > 0 && <LossChart series={series} steps={maxSteps} />;
}

/** Draws the curve at the width of its box. @param steps steps of the longest stage */
function LossChart({ series, steps }: { series: readonly LossSeries[]; steps: number }) {
  const box = useRef<HTMLElement>(null);
  const width = useWidth(box);
  const figure = lossFigure(series, steps, { width, height: HEIGHT });
  return (
    <figure ref={box} className="loss">
      <svg width={width} height={HEIGHT} role="img" aria-label={lossDescription(series)}>
        <Axes figure={figure} width={width} />
        {figure.series.map(({ stage, rawPath, smoothPath, end }) => (
          <g key={stage} className={`loss-${stage}`}>
            <path className="loss-raw" d={rawPath} />
            <path className="loss-smooth" d={smoothPath} />
            <circle cx={end.x} cy={end.y} r="3.5" />
          </g>
        ))}
      </svg>
      <figcaption>
        <ul className="legend" aria-label="Loss">
          {series.map(({ stage, smooth }) => (
            <li key={stage}>
              <svg className={`loss-${stage}`} width="26" height="10" aria-hidden="true">
                <path className="loss-smooth" d="M0 5h26" />
              </svg>
              {STAGE_LABELS[stage]} <span className="soft">{fixed(smooth.at(-1)!.loss, 3)} nats</span>
            </li>
          ))}
        </ul>
      </figcaption>
    </figure>
  );
}

function Axes({ figure, width }: { figure: LossFigure; width: number }) {
  const bottom = HEIGHT - MARGIN.bottom;
  return (
    <g className="loss-axes" aria-hidden="true">
      {figure.y.map(({ value, at }) => (
        <g key={value}>
          <path d={`M${MARGIN.left} ${at}H${width - MARGIN.right}`} />
          <text x={MARGIN.left - 8} y={at + 4} textAnchor="end">
            {fixed(value, figure.decimals)}
          </text>
        </g>
      ))}
      {figure.x.map(({ value, at }) => (
        <text key={value} x={at} y={bottom + 18} textAnchor="middle">
          {grouped(value)}
        </text>
      ))}
    </g>
  );
}

/** Returns a description of the curve for screen readers; the steps can be downloaded as a table. */
function lossDescription(series: readonly LossSeries[]): string {
  const texts = series.map(({ stage, smooth }) => {
    const [first, last] = [smooth[0], smooth.at(-1)!];
    return `${STAGE_LABELS[stage]} from ${fixed(first.loss, 3)} to ${fixed(last.loss, 3)} in ${grouped(Math.round(last.step))} steps`;
  });
  return `Training loss: ${texts.join('; ')}.`;
}
