import type { SessionPipe } from "../../core/pipe.js"
import { systemError } from "../../core/errors.js"
import { factsOf } from "../../zmtp/socket-types.js"
import type { TransportHost, TransportOptions } from "../transport.js"
import type { EpgmAddress } from "./epgm-address.js"
import { Inbound } from "./inbound.js"
import { findInterface } from "./local-interface.js"
import { udp, type Network } from "./network.js"
import { Outbound } from "./outbound.js"

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

/** Opens the UDP sockets of a session, and starts it. @throws ZmqError (rejects) the error of the system. */
export async function openCarrier(session: Session, network: Network = udp): Promise<Carrier> {
  const { address, endpoint, host } = session
  try {
    const local = await findInterface(address.through, address.group, address.port, endpoint)
    return await (factsOf(host.self.socketType).epgm === "sends"
      ? Outbound.open(session, local, network)
      : Inbound.open(session, local, network))
  } catch (error) {
    // Errors of this library contain the endpoint; those of the system contain an IP address.
    throw error instanceof Error && "address" in error && error.address === endpoint
      ? error
      : systemError(error, endpoint)
  }
}
