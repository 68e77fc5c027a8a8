import { LabError } from '../../base/errors';

/** Saves a file through the browser's downloads. */
export function saveFile(name: string, type: string, content: BlobPart): void {
  const url = URL.createObjectURL(new Blob([content], { type }));
  const link = document.createElement('a');
  link.href = url;
  link.download = name;
  link.click();
  // The download starts while the click is handled; the delay leaves slow browsers time to read the blob.
  setTimeout(() => URL.revokeObjectURL(url), 60_000);
}

/**
 * Copies text to the clipboard.
 * @throws LabError unsupported if the browser refuses it (insecure context, no permission)
 */
export async function copyToClipboard(text: string): Promise<void> {
  try {
    await navigator.clipboard.writeText(text);
  } catch (cause) {
    throw new LabError(
      'unsupported',
      'The browser refused access to the clipboard.',
      'Allow it for this site, or export the records as a file.',
      cause,
    );
  }
}
