import type { ShownRecords } from '../app/useShownRecords';
import { CurvePanel } from '../chart/CurvePanel';
import { lazyComponent } from '../widgets/lazyComponent';

const TablePanel = lazyComponent(() => import('../table/TablePanel').then((m) => m.TablePanel));

/** Shows the answer, the curve and the table of its points. */
export function CurveView({ shown }: { shown: ShownRecords }) {
  return (
    <>
      <CurvePanel shown={shown} />
      <TablePanel shown={shown} />
    </>
  );
}
