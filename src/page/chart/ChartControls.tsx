import { usePage, useView } from '../app/usePage';
import { setChart } from '../store/view';
import { isLog, logPossible } from './frame';
import type { ChartPoint, XAxis, YAxis } from './points';

const X_CHOICES: readonly [XAxis, string][] = [
  ['bitsPerWeight', 'bits / weight'],
  ['bitsPerCodedWeight', 'bits / coded weight'],
  ['bytes', 'bytes'],
];

/** Chooses which numbers the axes show. */
export function ChartControls({ points }: { points: readonly ChartPoint[] }) {
  const { view } = usePage();
  const chart = useView((s) => s.chart);
  const image = points[0]?.record.quality.task === 'image-accuracy';
  const yChoices: readonly [YAxis, string][] = [
    ['change', 'change'],
    ['value', image ? 'accuracy' : 'perplexity'],
  ];
  const possible = logPossible(points, chart);
  return (
    <div className="chart-controls">
      <Segments
        name="x"
        label="Size axis"
        value={chart.x}
        choices={X_CHOICES}
        choose={(x) => setChart(view, { x })}
      />
      <Segments
        name="y"
        label="Quality axis"
        value={chart.y}
        choices={yChoices}
        choose={(y) => setChart(view, { y })}
      />
      <label
        className="check"
        title={
          possible
            ? undefined
            : 'Accuracy ranges from 0 to 100 %, where a logarithmic scale shows nothing more.'
        }
      >
        <input
          type="checkbox"
          checked={isLog(points, chart)}
          disabled={!possible}
          onChange={(event) => setChart(view, { log: event.target.checked })}
        />
        log
      </label>
    </div>
  );
}

interface SegmentsProps<T extends string> {
  name: string;
  label: string;
  value: T;
  choices: readonly (readonly [T, string])[];
  choose: (value: T) => void;
}

function Segments<T extends string>({ name, label, value, choices, choose }: SegmentsProps<T>) {
  return (
    <div className="segments compact" role="radiogroup" aria-label={label}>
      {choices.map(([id, word]) => (
        <label key={id}>
          <input type="radio" name={`axis-${name}`} checked={id === value} onChange={() => choose(id)} />
          <span>{word}</span>
        </label>
      ))}
    </div>
  );
}
