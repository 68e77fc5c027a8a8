import { grouped, significant } from '../../base/format';
import { OUTLIER_DEVIATIONS } from '../../lab/inspect/histogram';
import type { Inspection, TensorView } from '../../lab/inspect/inspect';
import { usePage } from '../app/usePage';
import { shortNames } from '../inspector/shortNames';
import { setValue, setValues } from '../store/values';
import { INSPECT_DEFAULTS, type Asked } from './asked';
import { Histogram } from './Histogram';
import { JourneySection } from './JourneySection';

/** Shows one tensor before and after compression, and one of its weights. */
export function TensorSection({ found, asked }: { found: Inspection; asked: Asked }) {
  const { inspect } = usePage().values;
  const { chosen, tensors } = found;
  const short = shortNames(tensors.map(({ name }) => name));
  const { rows, columns } = tensors.find(({ name }) => name === chosen.name)!;
  return (
    <section aria-labelledby="tensor-title">
      <div className="panel-head">
        <h3 id="tensor-title">
          Weights of <code>{short.get(chosen.name)}</code>{' '}
          <span className="soft">
            {grouped(rows)} × {grouped(columns)}
          </span>
        </h3>
        <div className="tools">
          <label className="field">
            <span>Tensor</span>
            <select
              value={chosen.name}
              onChange={(event) =>
                setValues(inspect, { tensor: event.target.value, row: undefined, column: undefined })
              }
            >
              {tensors.map(({ name }) => (
                <option key={name} value={name}>
                  {short.get(name)}
                </option>
              ))}
            </select>
          </label>
          <label className="check">
            <input
              type="checkbox"
              checked={asked.isLogarithmic}
              onChange={(event) =>
                setValue(inspect, 'counts', event.target.checked ? 'log' : 'linear', INSPECT_DEFAULTS.counts)
              }
            />{' '}
            Logarithmic counts
          </label>
        </div>
      </div>
      <Histogram view={chosen} isLogarithmic={asked.isLogarithmic} />
      <ErrorFigures view={chosen} />
      <JourneySection view={chosen} rows={rows} columns={columns} />
    </section>
  );
}

function ErrorFigures({ view: { maxAbs, meanAbs, rms, outliers, levels } }: { view: TensorView }) {
  return (
    <p className="soft">
      Error: {significant(maxAbs)} at most, {significant(meanAbs)} on average, {significant(rms)} root mean
      square. {grouped(outliers)} outliers beyond {OUTLIER_DEVIATIONS} standard deviations.{' '}
      {levels.length > 0
        ? `The ticks are the ${levels.length} values that weights can have at the place of the chosen one.`
        : 'No ticks: there are more than 64 values that its weights can have.'}
    </p>
  );
}
