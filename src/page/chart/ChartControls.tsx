import { usePage } from '../app/usePage';
import { setChart } from '../store/view';
import { isLog, supportsLogScale } from './frame';
import type { ChartPoint, ChartView, XAxis } from './points';
import type { YAxis } from './quality';

const X_OPTIONS: readonly [XAxis, string][] = [
  ['bitsPerWeight', 'Bits / weight'],
  ['bitsPerCodedWeight', 'Bits / coded weight'],
  ['bytes', 'Bytes'],
];

interface Props {
  points: readonly ChartPoint[];
  chart: ChartView;
  /** The metrics of tasks that the records have, by axis. */
  tasks: ReadonlyMap<YAxis, string>;
}

/** Selects the quantities on the axes and the scale. */
export function ChartControls({ points, chart, tasks }: Props) {
  const { view } = usePage();
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
      <QualityAxis
        value={chart.y}
        options={[...yOptions, ...tasks]}
        onChange={(y) => setChart(view, { y })}
      />
      <label
        className="check"
        title={
          logEnabled ? undefined : 'A share lies between 0 and 100 %, so a logarithmic scale is of no use.'
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

/** Two quantities stand side by side; with those of tasks there are too many for that. */
function QualityAxis(props: Omit<SegmentedControlProps<YAxis>, 'name' | 'label'>) {
  const { value, options, onChange } = props;
  const label = 'Quality axis';
  if (options.length === 2) return <SegmentedControl name="y" label={label} {...props} />;
  return (
    <select aria-label={label} value={value} onChange={(event) => onChange(event.target.value as YAxis)}>
      {options.map(([id, text]) => (
        <option key={id} value={id}>
          {text}
        </option>
      ))}
    </select>
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
