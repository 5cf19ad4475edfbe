import { createSocket } from "node:dgram"
import { once } from "node:events"
import { networkInterfaces } from "node:os"

/** The address of an interface to other machines. */
export const OUTWARD = Object.values(networkInterfaces())
  .flatMap((addresses) => addresses ?? [])
  .find(({ family, internal }) => family === "IPv4" && !internal)?.address

/** Whether an interface returns datagrams to a multicast group. Its address is that of loopback by default. */
export async function hasMulticast(address = "127.0.0.1"): Promise<boolean> {
  const group = "239.255.77.1"
  const socket = createSocket("udp4")
  try {
    socket.bind(0)
    await once(socket, "listening")
    socket.addMembership(group, address)
    socket.setMulticastInterface(address)
    socket.send("is anybody there?", socket.address().port, group)
    await once(socket, "message", { signal: AbortSignal.timeout(1000) })
    return true
  } catch {
    return false
  } finally {
    socket.close()
  }
}
