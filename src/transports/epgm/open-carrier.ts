import { systemError } from "../../core/errors.js"
import { factsOf } from "../../zmtp/socket-types.js"
import type { Carrier, Session } from "./carrier.js"
import { Inbound } from "./inbound.js"
import { findInterface } from "./local-interface.js"
import { udp, type Network } from "./network.js"
import { Outbound } from "./outbound.js"

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
