import type { Pipe } from "../core/pipe/pipe.js"
import { EMPTY } from "../zmtp/bytes.js"

export interface ProbeOptions {
  /**
   * Sends an empty message on each new connection, so that a ROUTER learns the peer's routing id (ZMQ_PROBE_ROUTER).
   */
  readonly probeRouter: boolean
}

export function probe(pipe: Pipe, { probeRouter }: ProbeOptions): void {
  if (probeRouter) pipe.send([EMPTY])
}
