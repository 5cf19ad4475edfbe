import type { SessionPipe } from "../../core/pipe/session-pipe.js"
import type { TransportHost, TransportOptions } from "../transport.js"
import type { EpgmAddress } from "./epgm-address.js"

/** Connects a pipe and a multicast group. */
export interface Carrier {
  /**
   * Ends the carrier, because the socket has closed its end of the pipe. Resolves when nothing more is sent.
   * @param linger Maximum time to continue sending, in ms; -1 means no limit.
   */
  end(linger: number): Promise<void>
}

/** Arguments of a carrier. */
export interface Session {
  readonly address: EpgmAddress
  readonly endpoint: string
  readonly host: TransportHost
  readonly options: TransportOptions
  /** The end of the pipe that does not belong to the socket. */
  readonly far: SessionPipe
}
