import type { ShownRecords } from '../app/useShownRecords';
import { Ledger } from '../claims/Ledger';
import { TaskPanel } from '../tasks/TaskPanel';

/** Shows how the records answer tasks, and which published figures hold. */
export function TasksView({ shown }: { shown: ShownRecords }) {
  return (
    <>
      <TaskPanel shown={shown} />
      <Ledger />
    </>
  );
}
