import { LabError } from '../../base/errors';

/** Fetches a JSON file that lies beside the page. @throws LabError network */
export async function fetchJson(path: string): Promise<unknown> {
  try {
    const response = await fetch(new URL(path, document.baseURI));
    if (!response.ok) throw new Error(`HTTP status ${response.status}`);
    return await response.json();
  } catch (cause) {
    throw new LabError(
      'network',
      `Could not load ${path}.`,
      'Check the connection and reload the page.',
      cause,
    );
  }
}
