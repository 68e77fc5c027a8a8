import type { LabRecord } from '../../lab/results/record';
import { significant } from '../../base/format';
import { assignRows, differences } from './samples';

const WIDTH = 300;
const ROWS = 5;
const DOT = 3;

/** Draws every sample of the comparison as a dot, which shows the spread behind the interval. */
export function SampleStrip({ record }: { record: LabRecord }) {
  const samples = differences(record);
  if (samples.length < 2 || record.role === 'baseline') return null;
  const values = samples.map((s) => s.value);
  const low = Math.min(0, ...values);
  const high = Math.max(0, ...values);
  const at = (value: number): number => 8 + ((value - low) / (high - low || 1)) * (WIDTH - 16);
  const row = assignRows(values.map(at), 2 * DOT + 1, ROWS);
  const unit = record.quality.task === 'perplexity' ? 'nats per token' : 'points';
  return (
    <figure className="strip">
      <figcaption>
        {samples.length} samples: change from the baseline in {unit}
      </figcaption>
      <svg
        viewBox={`0 0 ${WIDTH} 62`}
        role="img"
        aria-label={`From ${significant(low)} to ${significant(high)} ${unit}`}
      >
        <path className="strip-zero" d={`M${at(0)} 2v44`} />
        {samples.map(({ value, label }, i) => (
          <circle key={i} cx={at(value)} cy={40 - row[i] * (2 * DOT + 2)} r={DOT}>
            <title>{label}</title>
          </circle>
        ))}
        <text x="2" y="60">
          {significant(low)}
        </text>
        <text x={WIDTH - 2} y="60" textAnchor="end">
          {significant(high)}
        </text>
      </svg>
    </figure>
  );
}
