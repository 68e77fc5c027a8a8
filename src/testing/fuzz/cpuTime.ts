/** Returns the CPU time of this process in seconds, which other load on the machine does not affect. */
export function cpuSeconds(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1e6;
}
