import type { Session } from "../../core/connection/session.js"
import type { Frame } from "../../zmtp/bytes.js"
import type { NetworkPeer } from "../../zmtp/peer.js"
import { ProtocolError, RefusedError } from "../../zmtp/protocol-error.js"
import type { ConnectionHost } from "../transport.js"

/** Delivers `message` to the application as if the peer had sent it. */
export function deliverMessage(session: Session, message: Frame): void {
  if (message.length > 0) session.notify("lost", message)
}

/**
 * Emits events in libzmq's order: the reason for a failed handshake, then the loss of the connection.
 * @param peer Describes the peer, as far as it is known.
 */
export function emitLoss(
  host: ConnectionHost,
  address: string,
  error: Error | undefined,
  handshaken: boolean,
  peer: NetworkPeer | undefined,
): void {
  const detail = { ...(error === undefined ? {} : { error }), ...(peer === undefined ? {} : { peer }) }
  if (!handshaken) {
    const type =
      error instanceof ProtocolError
        ? "handshake:error:protocol"
        : error instanceof RefusedError
          ? "handshake:error:auth"
          : "handshake:error:other"
    host.emit({ type, address, ...detail })
  }
  host.emit({ type: "disconnect", address, ...detail })
}
