import type { Pipe } from "../core/pipe.js"
import { EMPTY } from "../zmtp/bytes.js"

export interface ProbeOptions {
  /** Begins each connection with an empty message, so that a ROUTER knows of it (ZMQ_PROBE_ROUTER). */
  readonly probeRouter: boolean
}

export function probe(pipe: Pipe, { probeRouter }: ProbeOptions): void {
  if (probeRouter) pipe.send([EMPTY])
}
