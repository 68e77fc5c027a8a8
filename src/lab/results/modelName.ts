/** A model as a record names it. Older records say less of the base of a difference. */
export interface RecordedModel {
  id: string;
  source?: string;
  revision?: string;
}

/** Returns the name by which the lab opens a model of a record; for a model of the hub, with the measured commit. */
export function modelName({ id, source, revision }: RecordedModel): string {
  return source === 'hub' ? `${id}@${revision}` : id;
}
