import { pageAddress } from '../app/address';
import { useAddress, usePage } from '../app/usePage';
import type { ShownRecords } from '../app/useShownRecords';
import { CurvePanel } from '../chart/CurvePanel';
import { Notices } from '../frame/Notices';
import { RunBar } from '../measure/RunBar';
import './embed.css';

/** A view alone, for a frame of another page: Run, the answer and the curve, and a link to the whole page. */
export function EmbeddedPage({ shown }: { shown: ShownRecords }) {
  const page = usePage();
  useAddress();
  return (
    <main className="embedded">
      <h1 className="visually-hidden">Bitcurve</h1>
      <section className="measure" aria-label="Measure">
        <RunBar />
      </section>
      <Notices />
      <CurvePanel shown={shown} />
      <p className="embedded-foot">
        {!crossOriginIsolated && (
          <span className="soft">In this frame the CPU computes with one thread.</span>
        )}
        <a href={pageAddress(page, { embedded: false })} target="_blank" rel="noreferrer">
          Open in Bitcurve
        </a>
      </p>
    </main>
  );
}
