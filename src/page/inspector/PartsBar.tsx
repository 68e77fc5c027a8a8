import { bytes } from '../../base/format';
import type { LabRecord } from '../../lab/results/record';

type Part = keyof LabRecord['size']['parts'];

const WORDS: Readonly<Record<Part, string>> = {
  codes: 'codes',
  scales: 'scales',
  codebooks: 'codebooks',
  tables: 'tables',
  float: 'uncompressed',
  header: 'header',
};

/** Shows where the file's bytes go as one bar. */
export function PartsBar({ record }: { record: LabRecord }) {
  const parts = (Object.entries(record.size.parts) as [Part, number][]).filter(([, size]) => size > 0);
  const total = parts.reduce((sum, [, size]) => sum + size, 0);
  if (total === 0) return null;
  return (
    <figure className="parts">
      <figcaption>Where the bytes go</figcaption>
      <div className="parts-bar" aria-hidden="true">
        {parts.map(([part, size]) => (
          <span key={part} className={`part part-${part}`} style={{ flexGrow: size }} />
        ))}
      </div>
      <ul>
        {parts.map(([part, size]) => (
          <li key={part}>
            <span className={`part-key part-${part}`} aria-hidden="true" /> {WORDS[part]} {bytes(size)}{' '}
            <span className="soft">{Math.round((100 * size) / total)} %</span>
          </li>
        ))}
      </ul>
    </figure>
  );
}
