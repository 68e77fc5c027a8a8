import { readFileSync } from 'node:fs';
import { grouped } from '../../base/format';

/**
 * Returns the peak resident memory of this process in bytes. On Linux it is VmHWM, because the value of `getrusage`
 * includes the memory of the parent process at the time of the fork.
 */
export function peakMemoryBytes(): number {
  return peakResidentBytes('self') ?? 1024 * process.resourceUsage().maxRSS;
}

/** Returns the peak resident memory of a running process in bytes; undefined on systems other than Linux. */
export function peakResidentBytes(pid: number | 'self'): number | undefined {
  if (process.platform !== 'linux') return undefined;
  const found = /^VmHWM:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'latin1'));
  return found ? 1024 * Number(found[1]) : undefined;
}

const LINE = /^peak resident memory ([\d,]+) bytes$/m;

/** Returns the line that reports the peak memory. */
export function peakMemoryLine(): string {
  return `peak resident memory ${grouped(peakMemoryBytes())} bytes`;
}

/** Parses the peak memory in bytes from the output of a command; undefined if it has no such line. */
export function parsePeakMemory(output: string): number | undefined {
  const found = LINE.exec(output);
  return found ? Number(found[1].replaceAll(',', '')) : undefined;
}
