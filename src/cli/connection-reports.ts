import type { Socket } from "../index.js"
import { printable } from "../protocol.js"
import type { Given } from "./command.js"
import { errorTextWithCause } from "./error-text.js"

const HANDSHAKE_ERRORS = ["handshake:error:protocol", "handshake:error:auth", "handshake:error:other"] as const

/**
 * Reports on stderr why connections of `socket` fail, why peers are rejected, and when an endpoint is connected after a
 * failure. Each reason is reported once per endpoint; with `--quiet`, nothing is reported. Call it before the socket
 * has endpoints.
 */
export function reportConnections(socket: Socket, given: Given): void {
  if (given.flag("quiet")) return
  const bound = new Set<string>()
  const connected = new Set<string>()
  /** The last report for each endpoint. */
  const reported = new Map<string, string>()

  const report = (address: string, text: string): void => {
    if (reported.get(address) === text) return
    reported.set(address, text)
    // Replace the progress line.
    process.stderr.write(`${process.stderr.isTTY ? "\r\x1b[K" : ""}zmtp: ${printable(address)}: ${text}\n`)
  }
  const rejected = ({ address, error }: { address: string; error: Error }): void => {
    if (bound.has(address)) report(address, `rejected a peer: ${errorTextWithCause(error)}`)
  }
  const failed = ({ address, error }: { address: string; error?: Error }): void => {
    if (error === undefined || bound.has(address)) return
    report(address, `${connected.delete(address) ? "connection lost" : "cannot connect"}: ${errorTextWithCause(error)}`)
  }
  for (const type of HANDSHAKE_ERRORS) socket.events.on(type, rejected)
  socket.events
    .on("bind", ({ address }) => void bound.add(address))
    .on("connect:retry", failed)
    // Without a retry, these are the last.
    .on("close", failed)
    .on("disconnect", failed)
    .on("handshake", ({ address }) => {
      if (bound.has(address)) return
      connected.add(address)
      if (reported.has(address)) report(address, "connected")
    })
}

/**
 * Resolves when queued messages have a peer, when a handshake fails, or after `linger`, so that the socket can be
 * closed. A socket that is closed earlier emits no events, so users would not see why messages are not delivered.
 */
export async function untilDeliverable(socket: Socket, signal: AbortSignal): Promise<void> {
  const { linger } = socket
  if (linger === 0 || socket.stats().queued.out === 0) return
  const rejected = new AbortController()
  for (const type of HANDSHAKE_ERRORS) {
    socket.events.on(type, () => {
      rejected.abort()
    })
  }
  try {
    await socket.peersReady(1, { timeout: linger, signal: AbortSignal.any([signal, rejected.signal]) })
  } catch {
    // Closing drops the messages if they cannot be delivered, or lingers.
    if (!rejected.signal.aborted && !signal.aborted) socket.linger = 0
  }
}
