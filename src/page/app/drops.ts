import type { Page } from './page';
import { droppedFiles } from './droppedFiles';

/**
 * Opens files that are dropped anywhere on the page as a model. By default the browser would leave the page to show them, and a run
 * would be lost.
 */
export function watchDrops(page: Page): void {
  window.addEventListener('dragover', (event) => {
    if (filesOf(event)) event.preventDefault();
  });
  window.addEventListener('drop', (event) => {
    const dropped = filesOf(event);
    if (!dropped) return;
    event.preventDefault();
    const files = droppedFiles(dropped);
    void import('../models/commands').then(({ addFiles }) => addFiles(page, files));
  });
}

function filesOf({ dataTransfer }: DragEvent): DataTransfer | undefined {
  return dataTransfer?.types.includes('Files') ? dataTransfer : undefined;
}
