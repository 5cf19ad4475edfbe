// Connects processes that use no library.
import { connect } from "node:net"
import { say } from "./meter.mjs"

/** Listens, at a path for `ipc`, and prints the endpoint. */
export function listen(server, endpoint) {
  const target = endpoint.startsWith("ipc")
    ? { path: `/tmp/zmtp-bench-${process.pid}` }
    : { host: "127.0.0.1", port: 0 }
  server.listen(target, () => {
    const address = server.address()
    say({ endpoints: typeof address === "string" ? address : String(address.port) })
  })
}

/** Creates a socket that connects to an endpoint of `listen`. */
export function dial(endpoint) {
  return endpoint.startsWith("/")
    ? connect(endpoint)
    : connect({ port: Number(endpoint), host: "127.0.0.1", noDelay: true })
}
