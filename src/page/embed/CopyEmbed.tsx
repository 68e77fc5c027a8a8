import { pageAddress } from '../app/address';
import { useAddress, usePage } from '../app/usePage';
import { CopyButton } from '../widgets/CopyButton';

/** Copies the HTML of a frame that shows the curve, with the plan of the page, in another page. */
export function CopyEmbed() {
  const page = usePage();
  useAddress();
  const link = new URL(pageAddress(page, { view: 'curve', embedded: true }), document.baseURI).href;
  const html =
    `<iframe src="${link.replaceAll('&', '&amp;').replaceAll('"', '&quot;')}" title="Bitcurve" ` +
    'width="100%" height="760" loading="lazy" allow="clipboard-write"></iframe>';
  return <CopyButton label="Copy frame" done="Frame copied" text={html} />;
}
