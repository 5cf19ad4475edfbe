// The udp transport, for RADIO, DISH, and DGRAM.

import { zmqError } from "../../core/errors.js"
import { factsOf } from "../../zmtp/socket-types.js"
import type { Transport, TransportHost } from "../transport.js"
import { parseUdpAddress, type UdpAddress } from "./udp-address.js"
import { UdpDestination } from "./udp-destination.js"
import { bindUdp, bindUdpNow } from "./udp-listener.js"

/** `udp://`, over `node:dgram`: DISH and DGRAM bind, RADIO connects. There are no connections and no handshakes. */
export const udp: Transport = {
  async bind(text, host) {
    return bindUdp(text, parseBind(text, host), host)
  },

  bindSync(text, host) {
    return bindUdpNow(text, parseBind(text, host), host)
  },

  connect(text, host, _routingId, ended) {
    if (factsOf(host.self.socketType).udp !== "sends") throw zmqError("ENOCOMPATPROTO", { address: `udp://${text}` })
    return new UdpDestination(parseUdpAddress(text, false), host, ended)
  },
}

function parseBind(text: string, host: TransportHost): UdpAddress {
  if (factsOf(host.self.socketType).udp === "sends") throw zmqError("ENOCOMPATPROTO", { address: `udp://${text}` })
  return parseUdpAddress(text, true)
}
