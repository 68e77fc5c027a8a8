/** Marks recorded examples, which were not measured on this device. */
export function ExampleBadge() {
  return <span className="badge badge-example">Example, not measured on this device</span>;
}
