/** Says whether a target is met. */
export function met(holds: boolean): string {
  return holds ? 'met' : 'missed';
}
