import { subscribe } from "node:diagnostics_channel"
import type { HandshakeReport, Socket } from "../index.js"
import { printable } from "../protocol.js"
import type { Given } from "./command.js"
import { errorTextWithCause } from "./error-text.js"

/**
 * When the process ends, reports on stderr how many messages `socket` has dropped, and why. The exit code is then 1. Call it
 * before the socket has endpoints, because it records failures from then on.
 */
export function reportUndelivered(socket: Socket, given: Given): void {
  const linger = given.number("linger") ?? -1
  let reason = linger > 0 ? `--linger ${linger} expired` : undefined
  const note = (address: string, error: Error): void => {
    reason = `${printable(address)}: ${errorTextWithCause(error)}`
  }
  socket.events.on("close", ({ address, error }) => {
    if (error !== undefined) note(address, error)
  })
  // Unlike events, it also reports what happens while a closed socket lingers.
  subscribe("zmtp:handshake", (report) => {
    const { address, error, socket: from } = report as HandshakeReport
    if (error !== undefined && from === socket) note(address, error)
  })
  process.once("exit", () => {
    const { dropped, queued } = socket.stats()
    // Messages are still queued if the process has to exit before the socket is closed.
    const lost = dropped + queued.out
    if (lost === 0) return
    const messages = `${lost} ${lost === 1 ? "message was" : "messages were"} not delivered`
    process.stderr.write(`zmtp: ${messages}${reason === undefined ? "" : ` (${reason})`}\n`)
    process.exitCode = 1
  })
}
