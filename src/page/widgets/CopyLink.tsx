import { pageAddress } from '../app/address';
import { useAddress, usePage } from '../app/usePage';
import { CopyButton } from './CopyButton';

/** Copies the page's address, which holds the plan and what the views were asked, to the clipboard. */
export function CopyLink({ disabled }: { disabled: boolean }) {
  const page = usePage();
  useAddress();
  const link = new URL(pageAddress(page), document.baseURI).href;
  return <CopyButton label="Copy link" done="Link copied" text={link} disabled={disabled} />;
}
