import { useState } from 'react';
import { showError } from '../app/activity';
import { pageAddress } from '../app/address';
import { useAddress, usePage } from '../app/usePage';
import { copyToClipboard } from '../browser/files';

/** Copies the page's address, which holds the plan and what the views were asked, to the clipboard. */
export function CopyLink({ disabled }: { disabled: boolean }) {
  const page = usePage();
  useAddress();
  const [copied, setCopied] = useState('');
  const link = new URL(pageAddress(page), document.baseURI).href;
  const copy = (): void => {
    copyToClipboard(link).then(
      () => setCopied(link),
      (error: unknown) => showError(page, error),
    );
  };
  return (
    <button type="button" className="small" disabled={disabled} onClick={copy}>
      {copied === link ? 'Link copied' : 'Copy link'}
    </button>
  );
}
