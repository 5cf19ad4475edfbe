import { connect } from "cloudflare:sockets"
import { zmqError } from "../../core/errors.js"
import type { AnyStream } from "../../transports/attached/any-stream.js"
import type { CustomTransport } from "../../transports/attached/custom-transport.js"
import { parseConnectAddress } from "../../transports/tcp/tcp-address.js"

/** `tcp://` over the sockets of Cloudflare's runtime, which can connect but not listen. */
export const workerdTcp: CustomTransport = {
  check(address) {
    if (parseConnectAddress(address).source === undefined) return
    throw zmqError("ENOTSUP", { address: `tcp://${address}`, message: "workerd cannot choose a local address" })
  },

  async connect(address, { signal }): Promise<AnyStream> {
    const { host, port } = parseConnectAddress(address)
    const socket = connect({ hostname: host, port }, { secureTransport: "off", allowHalfOpen: false })
    // Reading and writing report the same error.
    socket.closed.catch(() => undefined)
    signal.addEventListener("abort", () => {
      socket.close().catch(() => undefined)
    })
    await socket.opened
    return socket
  },

  bind(address) {
    const message = "Workers cannot listen: bind the other side, and connect from the Worker"
    throw zmqError("ENOTSUP", { address: `tcp://${address}`, message })
  },
}
