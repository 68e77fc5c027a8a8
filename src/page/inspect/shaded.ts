import type { CSSProperties } from 'react';
import type { FileTensorSummary } from '../../lab/inspect/inspect';
import type { ShadeId } from './shade';

/** A tensor with what it is coloured by. */
export interface ShadedTensor {
  tensor: FileTensorSummary;
  /** Its name without what all have in common. */
  short: string;
  value: number | undefined;
  /** How deep it is coloured, 0 … 1. */
  depth: number;
}

/** What the treemap and the tables show. */
export interface MapProps {
  shaded: readonly ShadedTensor[];
  shade: ShadeId;
  /** The name of the tensor that is shown below. */
  chosen: string;
  choose: (name: string) => void;
}

/** Returns the style of a coloured element. */
export function depthStyle(depth: number): CSSProperties {
  return { '--depth': depth } as CSSProperties;
}
