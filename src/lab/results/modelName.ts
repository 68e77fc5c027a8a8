import type { LabRecord } from './record';

/** Returns the name by which the lab opens a record's model; for a model of the hub, with the measured commit. */
export function modelName({ id, source, revision }: LabRecord['model']): string {
  return source === 'hub' ? `${id}@${revision}` : id;
}
