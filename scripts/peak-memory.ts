/** The most memory that this process has had. */
import { existsSync, readFileSync } from "node:fs";

const STATUS = "/proc/self/status";

/**
 * In bytes, resident. Linux counts as `maxRSS` what the process was that started this one, if that was larger, since it is
 * a copy of that at first; so there the mark of its own memory is read.
 */
export function peakMemory(): number {
  const own = existsSync(STATUS) ? /^VmHWM:\s+(\d+) kB$/m.exec(readFileSync(STATUS, "utf8"))?.[1] : undefined;
  return (own === undefined ? process.resourceUsage().maxRSS : Number(own)) * 1024;
}
