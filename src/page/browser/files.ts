import { LabError } from '../../base/errors';

/** Hands a file to the browser's downloads. */
export function saveFile(name: string, type: string, content: BlobPart): void {
  const url = URL.createObjectURL(new Blob([content], { type }));
  const link = document.createElement('a');
  link.href = url;
  link.download = name;
  link.click();
  // The browser has taken the blob over once the click is handled.
  setTimeout(() => URL.revokeObjectURL(url), 60_000);
}

/** @throws LabError unsupported where the browser keeps the clipboard closed (insecure context, no permission) */
export async function copyToClipboard(text: string): Promise<void> {
  try {
    await navigator.clipboard.writeText(text);
  } catch (cause) {
    throw new LabError(
      'unsupported',
      'The browser did not let the page use the clipboard.',
      'Allow it for this site, or use the export instead.',
      cause,
    );
  }
}
