import { bytes, fixed, grouped, significant, withError, withInterval } from '../../base/format';
import type { TrainResultKind, TrainResult } from '../../lab/train/events';
import type { TrainView } from '../store/train';
import { exportTraining } from './commands';
import { MEASUREMENT_LABELS } from './view';

const ORDER: readonly TrainResultKind[] = ['baseline', 'ptq', 'qat', 'control'];

/** Shows the results of a run so far, and offers them for download. */
export function TrainReport({ view }: { view: TrainView }) {
  const rows = ORDER.flatMap((of) => {
    const result = view.results.get(of);
    return result ? [result] : [];
  });
  return (
    <>
      {rows.length > 0 && <ResultTable rows={rows} />}
      <Downloads view={view} />
    </>
  );
}

function ResultTable({ rows }: { rows: readonly TrainResult[] }) {
  const images = rows[0].record.quality.task === 'image-accuracy';
  return (
    <div className="table-scroll" tabIndex={0} role="region" aria-label="Results of training">
      <table>
        <thead>
          <tr>
            <th scope="col">Weights</th>
            <th scope="col" className="numeric">
              {images ? 'Accuracy % ± SE' : 'Perplexity ± SE'}
            </th>
            <th scope="col" className="numeric">
              {images ? 'Δ points [95 %]' : 'Δ % [95 %]'}
            </th>
            {images && (
              <>
                <th scope="col" className="numeric">
                  Loss
                </th>
                <th scope="col" className="numeric">
                  ms per 64 images
                </th>
              </>
            )}
            <th scope="col" className="numeric">
              {images ? 'Images/s' : 'Tokens/s'}
            </th>
            <th scope="col" className="numeric">
              Bytes
            </th>
            <th scope="col" className="numeric">
              Bits / weight
            </th>
          </tr>
        </thead>
        <tbody>
          {rows.map((result) => (
            <ResultRow key={result.kind} result={result} images={images} />
          ))}
        </tbody>
      </table>
    </div>
  );
}

function ResultRow({ result, images }: { result: TrainResult; images: boolean }) {
  const { kind, record, latency } = result;
  const { quality: q, speed, size } = record;
  const unit = images ? 100 : 1;
  const { value, interval } = withInterval(q.deltaPercent, q.deltaPercentCi95);
  const rate = speed.imagesPerSecond ?? speed.prefillTokensPerSecond;
  return (
    <tr>
      <th scope="row">{MEASUREMENT_LABELS[kind]}</th>
      <td className="numeric">{withError(unit * q.value, unit * q.standardError)}</td>
      <td className="numeric">
        {kind === 'baseline' ? (
          '–'
        ) : (
          <>
            {value} <span className="soft">{interval}</span>
          </>
        )}
      </td>
      {images && <td className="numeric">{q.loss === undefined ? '–' : fixed(q.loss, 3)}</td>}
      {images && <td className="numeric">{latency === undefined ? '–' : significant(1000 * latency)}</td>}
      <td className="numeric">{rate ? significant(rate.median) : '–'}</td>
      <td className="numeric">{grouped(size.totalBytes - size.assetBytes)}</td>
      <td className="numeric">{fixed(size.bitsPerWeight, 2)}</td>
    </tr>
  );
}

function Downloads({ view }: { view: TrainView }) {
  const { plan, results, steps } = view;
  const measured = results.has('baseline');
  const artefact = results.get('qat')?.artefact;
  return (
    <div className="tools train-downloads">
      {measured && <Download view={view} what="json" label="Summary JSON" />}
      {measured && plan.task === 'image-classification' && (
        <Download view={view} what="csv" label="Summary CSV" />
      )}
      {steps.length > 0 && <Download view={view} what="steps" label="Steps CSV" />}
      {artefact && (
        <Download view={view} what="model" label={`Trained model, ${bytes(artefact.byteLength)}`} />
      )}
    </div>
  );
}

function Download({
  view,
  what,
  label,
}: {
  view: TrainView;
  what: Parameters<typeof exportTraining>[1];
  label: string;
}) {
  return (
    <button type="button" className="small" onClick={() => exportTraining(view, what)}>
      {label}
    </button>
  );
}
