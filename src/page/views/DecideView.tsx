import type { ShownRecords } from '../app/useShownRecords';
import { DecidePanel } from '../decide/DecidePanel';
import { DeltaPanel } from '../delta/DeltaPanel';
import { RoutingPanel } from '../routing/RoutingPanel';

/** Shows what the records mean for a choice: of a codec, of a cascade of two, and of storing a difference instead. */
export function DecideView({ shown }: { shown: ShownRecords }) {
  return (
    <>
      <DecidePanel shown={shown} />
      <RoutingPanel />
      <DeltaPanel />
    </>
  );
}
