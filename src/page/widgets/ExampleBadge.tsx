/** Marks recorded runs that ship with the page. */
export function ExampleBadge() {
  return <span className="badge badge-example">example, not measured on this device</span>;
}
