import type { Frame } from "./bytes.js"

/** What is known of the other side of a pipe once it is there. */
export interface Peer {
  /** Its socket type (`"REQ"` …), or `""` if it did not say. */
  readonly socketType: string
  /** Its own routing id; empty if it has none. */
  readonly routingId: Frame
  /** Every group of a RADIO is for it: there is nobody to join any (udp). */
  readonly everyGroup?: true
}
