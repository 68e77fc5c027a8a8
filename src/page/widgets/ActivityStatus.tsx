import { stop } from '../app/activity';
import { usePage } from '../app/usePage';
import type { Activity } from '../store/lab';

/** Shows the present step of an activity, with Stop. */
export function ActivityStatus({ activity: { step } }: { activity: Activity }) {
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
