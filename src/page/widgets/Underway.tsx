import { stop } from '../app/activity';
import { usePage } from '../app/usePage';
import type { Activity } from '../store/lab';

/** Shows what the worker is doing, with Stop. */
export function Underway({ activity: { step } }: { activity: Activity }) {
  const page = usePage();
  return (
    <div className="tools">
      <span className="soft" role="status">
        {step ?? 'Starting…'}
      </span>
      <button type="button" className="small" onClick={() => stop(page)}>
        Stop
      </button>
    </div>
  );
}
