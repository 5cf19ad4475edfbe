import type { Peer } from "../../zmtp/peer.js"
import type { PipeLimits } from "../../core/pipe/pipe-limits.js"
import type { PortLine, PortPipe } from "./port-pipe.js"
import type { PortMessage } from "./port-message.js"

/** The side of a port that a line goes through. */
export interface LineSide {
  post(message: PortMessage, transfer?: ArrayBuffer[]): void
  remove(line: Line): void
}

/** The connection of one pipe through a port. It may not have a port yet. */
export class Line implements PortLine {
  pipe!: PortPipe
  /** The request to the binding side, until it is answered. */
  request: { readonly address: string; readonly self: Peer } | undefined
  /** The side of the port through which the other end is reached or was requested. */
  side: LineSide | undefined
  /** Whether this side has opened the line. */
  own = true
  number = 0

  /** @param ended Called when this end is closed. */
  constructor(private readonly ended: (line: Line) => void) {}

  attach(side: LineSide, own: boolean, number: number): void {
    this.side = side
    this.own = own
    this.number = number
  }

  // PortLine

  send(frames: readonly Uint8Array[]): void {
    const transfer = frames.map(({ buffer }) => buffer as ArrayBuffer)
    this.side?.post(["message", this.own, this.number, frames], transfer)
  }

  acknowledge(count: number): void {
    this.side?.post(["acknowledged", this.own, this.number, count])
  }

  limits(limits: PipeLimits): void {
    this.side?.post(["limits", this.own, this.number, limits])
  }

  introduce(self: Peer): void {
    this.side?.post(["accepted", false, this.number, portable(self), this.pipe.limits])
  }

  end(): void {
    this.side?.post(["end", this.own, this.number])
    this.side?.remove(this)
    this.ended(this)
  }
}

/** Converts a peer to a form that can be posted. */
export function portable({ socketType, routingId }: Peer): Peer {
  return { socketType, routingId: Uint8Array.from(routingId) }
}
