import { once } from "node:events"
import type { Server } from "node:http"
import type { AddressInfo } from "node:net"

/** Lets `server` listen on a free port of the loopback interface, and returns the port. `use` closes it after the test. */
export async function listen(
  use: (resource: { close(): void }) => unknown,
  server: Pick<Server, "close" | "closeAllConnections" | "listen" | "address">,
): Promise<number> {
  use({
    close: () => {
      server.closeAllConnections()
      server.close()
    },
  })
  server.listen(0, "127.0.0.1")
  await once(server as Server, "listening")
  return (server.address() as AddressInfo).port
}
