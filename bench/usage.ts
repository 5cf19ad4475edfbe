import { readFileSync } from "node:fs"

/** Clock ticks per second in `/proc`, which is the same on all Linux systems. */
const TICKS = 100

/** CPU time of a process, user and system, in seconds; `undefined` without `/proc`, or if the process does not exist. */
export function cpuTime(pid: number): number | undefined {
  const stat = read(pid, "stat")
  // Fields 14 and 15; the second one is a name in parentheses, which may contain spaces.
  const fields = stat?.slice(stat.lastIndexOf(")") + 2).split(" ")
  return fields && (Number(fields[11]) + Number(fields[12])) / TICKS
}

/** Peak resident memory of a process, in bytes. */
export function peakMemory(pid: number): number | undefined {
  const match = /^VmHWM:\s+(\d+) kB$/m.exec(read(pid, "status") ?? "")
  return match ? Number(match[1]) * 1024 : undefined
}

function read(pid: number, file: string): string | undefined {
  try {
    return readFileSync(`/proc/${pid}/${file}`, "latin1")
  } catch {
    return undefined
  }
}
