import type { Session } from "../../core/session.js"
import type { Frame } from "../../zmtp/bytes.js"
import type { NetworkPeer } from "../../zmtp/peer.js"
import { ProtocolError, RefusedError } from "../../zmtp/protocol-error.js"
import type { ConnectionHost } from "../transport.js"

/** The application receives `message` as if it came from the peer. */
export function tell(session: Session, message: Frame): void {
  if (message.length > 0) session.pipe?.sendPastMark([message])
}

/**
 * Events in libzmq's order: why a handshake failed, then that the connection is gone.
 * @param peer Who was at the other end, as far as it had said so.
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
