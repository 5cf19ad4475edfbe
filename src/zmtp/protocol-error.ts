import { printable } from "./printable.js"

/** Maximum length of an error message that quotes a peer, in characters before they are escaped. */
const MAX_TEXT = 2000

/** The protocol errors of a handshake, with the codes of the `handshake:error:protocol` event. */
export type ProtocolErrorCode =
  | "ERR_ZMTP_UNSPECIFIED"
  | "ERR_ZMTP_UNEXPECTED_COMMAND"
  | "ERR_ZMTP_INVALID_SEQUENCE"
  | "ERR_ZMTP_KEY_EXCHANGE"
  | "ERR_ZMTP_MALFORMED_COMMAND_UNSPECIFIED"
  | "ERR_ZMTP_MALFORMED_COMMAND_MESSAGE"
  | "ERR_ZMTP_MALFORMED_COMMAND_HELLO"
  | "ERR_ZMTP_MALFORMED_COMMAND_INITIATE"
  | "ERR_ZMTP_MALFORMED_COMMAND_ERROR"
  | "ERR_ZMTP_MALFORMED_COMMAND_READY"
  | "ERR_ZMTP_MALFORMED_COMMAND_WELCOME"
  | "ERR_ZMTP_INVALID_METADATA"
  | "ERR_ZMTP_CRYPTOGRAPHIC"
  | "ERR_ZMTP_MECHANISM_MISMATCH"
  | "ERR_ZAP_UNSPECIFIED"
  | "ERR_ZAP_MALFORMED_REPLY"
  | "ERR_ZAP_BAD_REQUEST_ID"
  | "ERR_ZAP_BAD_VERSION"
  | "ERR_ZAP_INVALID_STATUS_CODE"
  | "ERR_ZAP_INVALID_METADATA"

/**
 * A peer violated the protocol. Because of received bytes, an engine throws only this and `RefusedError`, which is not a
 * `ProtocolError`. Sockets end that connection, and report the error as an event, never as an exception.
 */
export class ProtocolError extends Error {
  /** Always `"ProtocolError"`. */
  override readonly name = "ProtocolError"

  /** @param message May quote the peer: unsafe characters are escaped. */
  constructor(
    /** Identifies the violation. */
    readonly code: ProtocolErrorCode,
    message: string,
  ) {
    super(printable(message, MAX_TEXT))
  }
}

/**
 * The two sides are incompatible: their mechanisms differ, or their socket types cannot be connected. Both sides detect
 * this from the same exchange, so the bytes prepared for the peer are still sent, and the peer can report the same
 * reason.
 */
export class IncompatiblePeerError extends ProtocolError {}

/** The limits on peers; see docs/semantics.md, "What each limit is". */
export type LimitName =
  | "maxMessageSize"
  | "maxMultipartSize"
  | "frame with CURVE"
  | "frames of a message"
  | "fragments of a message"
  | "size of a command"
  | "properties of a handshake"
  | "length of a routing id"
  | "subscriptions of a peer"
  | "groups of a peer"
  | "subscriptions of all peers"
  | "messages of departed peers"
  | "unfinished handshakes"
  | "maxConnections"
  | "sources of a group"
  | "bytes in flight of a channel"

/** A peer exceeded a limit. Events report which one as `error.limit`. */
export class LimitError extends ProtocolError {
  constructor(
    /** The limit that was exceeded. */
    readonly limit: LimitName,
    message: string,
    code: ProtocolErrorCode = "ERR_ZMTP_UNSPECIFIED",
  ) {
    super(code, message)
  }
}

/**
 * The connection was refused: by the peer, with an ERROR command, or by this side's own verdict
 * (`VerdictRequest.resolve`). The reason may be a ZAP status (RFC 37, "The NULL mechanism").
 */
export class RefusedError extends Error {
  /** Always `"RefusedError"`. */
  override readonly name = "RefusedError"

  /** @param reason As received from the peer, and therefore not safe to print to a terminal. */
  constructor(readonly reason: string) {
    super(`Peer refused the connection: ${reason === "" ? "no reason given" : printable(reason)}`)
  }

  /** 300, 400, or 500; `undefined` if the reason is not a ZAP status. */
  get status(): 300 | 400 | 500 | undefined {
    return this.reason === "300" ? 300 : this.reason === "400" ? 400 : this.reason === "500" ? 500 : undefined
  }
}
