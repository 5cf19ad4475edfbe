import type { SessionPipe } from "../../core/pipe.js"
import { systemError } from "../../core/errors.js"
import { factsOf } from "../../zmtp/socket-types.js"
import type { TransportHost, TransportOptions } from "../transport.js"
import type { EpgmAddress } from "./epgm-address.js"
import { Inbound } from "./inbound.js"
import { findInterface } from "./local-interface.js"
import { udp, type Network } from "./network.js"
import { Outbound } from "./outbound.js"

/** What joins a pipe and a multicast group. */
export interface Carrier {
  /**
   * The socket has closed its end of the pipe. Resolves when nothing more is sent.
   * @param linger Longest time to go on sending, in ms; -1 means without limit.
   */
  end(linger: number): Promise<void>
}

/** What a carrier is made for. */
export interface Session {
  readonly address: EpgmAddress
  readonly endpoint: string
  readonly host: TransportHost
  readonly options: TransportOptions
  /** The end of the pipe that is not the socket's. */
  readonly far: SessionPipe
}

/** Opens the UDP sockets of a session, and starts it. @throws ZmqError (rejects) what the system says. */
export async function openCarrier(session: Session, network: Network = udp): Promise<Carrier> {
  const { address, endpoint, host } = session
  try {
    const local = await findInterface(address.through, address.group, address.port, endpoint)
    return await (factsOf(host.self.socketType).epgm === "sends"
      ? Outbound.open(session, local, network)
      : Inbound.open(session, local, network))
  } catch (error) {
    // Errors of this library name the endpoint; those of the system name an IP address.
    throw error instanceof Error && "address" in error && error.address === endpoint
      ? error
      : systemError(error, endpoint)
  }
}
