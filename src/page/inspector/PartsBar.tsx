import { bytes } from '../../base/format';
import type { LabRecord } from '../../lab/results/record';

type Part = keyof LabRecord['size']['parts'];

const PART_LABELS: Readonly<Record<Part, string>> = {
  codes: 'codes',
  scales: 'scales',
  codebooks: 'codebooks',
  tables: 'tables',
  float: 'uncompressed',
  header: 'header',
};

/** Shows the sizes of the file's parts as one bar. */
export function PartsBar({ record }: { record: LabRecord }) {
  const parts = (Object.entries(record.size.parts) as [Part, number][]).filter(([, size]) => size > 0);
  const total = parts.reduce((sum, [, size]) => sum + size, 0);
  if (total === 0) return null;
  return (
    <figure className="parts">
      <figcaption>Size by part</figcaption>
      <div className="parts-bar" aria-hidden="true">
        {parts.map(([part, size]) => (
          <span key={part} className={`part part-${part}`} style={{ flexGrow: size }} />
        ))}
      </div>
      <ul>
        {parts.map(([part, size]) => (
          <li key={part}>
            <span className={`part-key part-${part}`} aria-hidden="true" /> {PART_LABELS[part]} {bytes(size)}{' '}
            <span className="soft">{Math.round((100 * size) / total)} %</span>
          </li>
        ))}
      </ul>
    </figure>
  );
}
