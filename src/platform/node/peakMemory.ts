import { readFileSync } from 'node:fs';
import { grouped } from '../../base/format';

/**
 * The most memory this process has had resident, in bytes. On Linux from its own high-water mark: the one `getrusage` gives begins
 * with what its parent had.
 */
export function peakMemoryBytes(): number {
  const kibibytes = highWater() ?? process.resourceUsage().maxRSS;
  return 1024 * kibibytes;
}

function highWater(): number | undefined {
  if (process.platform !== 'linux') return undefined;
  const found = /^VmHWM:\s+(\d+) kB$/m.exec(readFileSync('/proc/self/status', 'latin1'));
  return found ? Number(found[1]) : undefined;
}

const LINE = /^peak resident memory ([\d,]+) bytes$/m;

export function peakMemoryLine(): string {
  return `peak resident memory ${grouped(peakMemoryBytes())} bytes`;
}

/** Bytes from what a command printed; undefined when it has no such line. */
export function parsePeakMemory(output: string): number | undefined {
  const found = LINE.exec(output);
  return found ? Number(found[1].replaceAll(',', '')) : undefined;
}
