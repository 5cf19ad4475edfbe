// A process that binds a path on request, and reports the result and the received messages.
import { Pull } from "../../../src/index.js"

export type Order =
  | {
      readonly order: "bind"
      readonly path: string
      /** Time to bind, in ms since 1970, so that several processes bind simultaneously. */
      readonly at: number
      /** Whether the process receives messages, which keeps it alive. Default: true. */
      readonly receives?: boolean
    }
  | { readonly order: "close" | "exit" | "leave" }

let pull: Pull | undefined

async function bind(path: string, at: number, receives = true): Promise<void> {
  const socket = new Pull({ linger: 0 })
  while (Date.now() < at);
  try {
    await socket.bind(`ipc://${path}`)
  } catch (error) {
    socket.close()
    process.send!({ bound: (error as NodeJS.ErrnoException).code })
    return
  }
  pull = socket
  process.send!({ bound: true })
  if (receives) for await (const [frame] of socket) process.send!({ received: String(frame) })
}

process.on("message", (message) => {
  const order = message as Order
  if (order.order === "bind") void bind(order.path, order.at, order.receives)
  else if (order.order === "exit") process.exit()
  else if (order.order === "leave") {
    // Let the process exit although the socket is never closed.
    process.disconnect()
  } else {
    pull?.close()
    pull = undefined
    process.send!({ closed: true })
  }
})
process.send!({ ready: true })
