import type { LabRecord } from './record';

/** What the lab opens a record's model by: of the hub, at the commit that was measured. */
export function modelName({ id, source, revision }: LabRecord['model']): string {
  return source === 'hub' ? `${id}@${revision}` : id;
}
