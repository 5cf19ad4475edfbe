import { createSocket } from "node:dgram"
import { once } from "node:events"

/** Whether datagrams to a multicast group come back through the loopback interface. */
export async function hasMulticast(): Promise<boolean> {
  const group = "239.255.77.1"
  const socket = createSocket("udp4")
  try {
    socket.bind(0)
    await once(socket, "listening")
    socket.addMembership(group, "127.0.0.1")
    socket.setMulticastInterface("127.0.0.1")
    socket.send("is anybody there?", socket.address().port, group)
    await once(socket, "message", { signal: AbortSignal.timeout(1000) })
    return true
  } catch {
    return false
  } finally {
    socket.close()
  }
}
