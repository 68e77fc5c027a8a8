/** Returns the browser and its major version for records, from its brands or, if it has none, from the user agent string. */
export function browserName(navigator: WorkerNavigator): string {
  const data = (navigator as { userAgentData?: { brands: { brand: string; version: string }[] } })
    .userAgentData;
  const brand = data?.brands.find((b) => !/not.?a.?brand|chromium/i.test(b.brand)) ?? data?.brands.at(-1);
  if (brand) return `${brand.brand} ${brand.version}`;
  const found = /(Firefox|Version|Chrome)\/(\d+)/.exec(navigator.userAgent);
  if (!found) return 'unknown browser';
  return `${found[1] === 'Version' ? 'Safari' : found[1]} ${found[2]}`;
}
