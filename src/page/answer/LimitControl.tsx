import { DEFAULT_INCREASE } from '../../lab/decide/parameters';
import type { LabRecord } from '../../lab/results/record';
import { usePage } from '../app/usePage';
import { setValue } from '../store/values';

const LIMITS = [0.5, 1, 3, 10];

interface LimitControlProps {
  task: LabRecord['quality']['task'];
  /** The present limit; undefined for none. */
  limit: number | undefined;
}

/** Chooses how much quality may be lost, the same limit as in Decide, where any number can be typed. */
export function LimitControl({ task, limit }: LimitControlProps) {
  const { decide } = usePage().values;
  const isText = task === 'perplexity';
  const choices: (number | undefined)[] = LIMITS.some((each) => each === limit) ? LIMITS : [...LIMITS, limit];
  const choose = (each: number | undefined): void =>
    setValue(decide, 'max-increase', each === DEFAULT_INCREASE ? '' : String(each ?? 'off'));
  return (
    <div className="limit-control">
      <span id="limit-label">Loss at most</span>
      <div className="segments compact" role="radiogroup" aria-labelledby="limit-label">
        {choices.map((each) => (
          <label key={String(each)}>
            <input type="radio" name="limit" checked={each === limit} onChange={() => choose(each)} />
            <span>{each === undefined ? 'any' : isText ? `${each} %` : each}</span>
          </label>
        ))}
      </div>
      {!isText && <span className="soft">points</span>}
    </div>
  );
}
