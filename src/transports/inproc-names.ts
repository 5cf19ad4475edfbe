import type { Pipe, PipeOwner } from "../core/pipe/pipe.js"
import type { PipeEndOptions } from "../core/pipe/pipe-limits.js"
import type { Peer } from "../zmtp/peer.js"

/** The names that sockets of a context have bound with `inproc://`. */
export interface InprocNames {
  /** Whether `address` is bound. */
  isBound(address: string): boolean
  /**
   * Opens a pipe from `owner`, which is not a socket, to the socket that has bound `address`. Returns `undefined` if
   * there is none. `self` describes the owner to the peer.
   */
  open(address: string, owner: PipeOwner, options: PipeEndOptions, self: Peer): Pipe | undefined
}
