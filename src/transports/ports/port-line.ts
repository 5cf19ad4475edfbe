import type { Peer } from "../../zmtp/peer.js"
import type { PipeLimits } from "../../core/pipe.js"
import type { PortLine, PortPipe } from "./port-pipe.js"
import type { PortMessage } from "./port-message.js"

/** What a line needs of the side of a port that it goes through. */
export interface LineSide {
  post(message: PortMessage, transfer?: ArrayBuffer[]): void
  forget(line: Line): void
}

/** One pipe through a port, or on its way to one. */
export class Line implements PortLine {
  pipe!: PortPipe
  /** The request to the binding side, until it is answered. */
  request: { readonly address: string; readonly self: Peer } | undefined
  /** Where the other end is, or is asked for. */
  side: LineSide | undefined
  /** Whether this side has opened it. */
  own = true
  number = 0

  /** @param ended Nobody is left at this end. */
  constructor(private readonly ended: (line: Line) => void) {}

  enter(side: LineSide, own: boolean, number: number): void {
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
    this.side?.forget(this)
    this.ended(this)
  }
}

/** A peer as it goes through a port. */
export function portable({ socketType, routingId }: Peer): Peer {
  return { socketType, routingId: Uint8Array.from(routingId) }
}
