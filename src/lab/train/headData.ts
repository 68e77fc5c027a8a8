import { datasets } from '../../data/catalogue';

/** What a new classifier takes from a data set. */
export interface HeadData {
  id: string;
  /** The names of its classes, in the order of the labels. */
  classes: readonly string[];
  channels: number;
}

/** The data sets whose classes a new classifier can have. */
export const HEAD_DATA: readonly string[] = datasets.flatMap(({ id, use, classes }) =>
  classes && use === 'evaluation' ? [id] : [],
);

/** Returns the data set of one of `HEAD_DATA`. */
export function headData(head: string): HeadData {
  const { id, classes, image } = datasets.find((set) => set.id === head)!;
  return { id, classes: classes!, channels: image!.channels };
}
