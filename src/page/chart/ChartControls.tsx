import { usePage, useView } from '../app/usePage';
import { setChart } from '../store/view';
import { isLog, supportsLogScale } from './frame';
import type { ChartPoint, XAxis, YAxis } from './points';

const X_OPTIONS: readonly [XAxis, string][] = [
  ['bitsPerWeight', 'Bits / weight'],
  ['bitsPerCodedWeight', 'Bits / coded weight'],
  ['bytes', 'Bytes'],
];

/** Selects the quantities on the axes and the scale. */
export function ChartControls({ points }: { points: readonly ChartPoint[] }) {
  const { view } = usePage();
  const chart = useView((s) => s.chart);
  const image = points[0]?.record.quality.task === 'image-accuracy';
  const yOptions: readonly [YAxis, string][] = [
    ['change', 'Change'],
    ['value', image ? 'Accuracy' : 'Perplexity'],
  ];
  const logEnabled = supportsLogScale(points, chart);
  return (
    <div className="chart-controls">
      <SegmentedControl
        name="x"
        label="Size axis"
        value={chart.x}
        options={X_OPTIONS}
        onChange={(x) => setChart(view, { x })}
      />
      <SegmentedControl
        name="y"
        label="Quality axis"
        value={chart.y}
        options={yOptions}
        onChange={(y) => setChart(view, { y })}
      />
      <label
        className="check"
        title={
          logEnabled ? undefined : 'Accuracy lies between 0 and 100 %, so a logarithmic scale is of no use.'
        }
      >
        <input
          type="checkbox"
          checked={isLog(points, chart)}
          disabled={!logEnabled}
          onChange={(event) => setChart(view, { log: event.target.checked })}
        />
        Log scale
      </label>
    </div>
  );
}

interface SegmentedControlProps<T extends string> {
  name: string;
  label: string;
  value: T;
  options: readonly (readonly [T, string])[];
  onChange: (value: T) => void;
}

function SegmentedControl<T extends string>({
  name,
  label,
  value,
  options,
  onChange,
}: SegmentedControlProps<T>) {
  return (
    <div className="segments compact" role="radiogroup" aria-label={label}>
      {options.map(([id, text]) => (
        <label key={id}>
          <input type="radio" name={`axis-${name}`} checked={id === value} onChange={() => onChange(id)} />
          <span>{text}</span>
        </label>
      ))}
    </div>
  );
}
