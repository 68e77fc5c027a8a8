/** Marks recorded runs that ship with the page and were not measured here. */
export function ExampleBadge() {
  return <span className="badge badge-example">example, not measured on this device</span>;
}
