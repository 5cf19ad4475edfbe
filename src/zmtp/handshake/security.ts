import type { Frame } from "../bytes.js"
import type { CurveCrypto } from "./curve/crypto.js"
import type { Metadata } from "./metadata.js"

/**
 * How this side of a connection is secured. Both sides use the same mechanism; with PLAIN and CURVE one of them is the
 * server of the mechanism, whichever of them listens.
 */
export type Security =
  NullSecurity | PlainClientSecurity | PlainServerSecurity | CurveClientSecurity | CurveServerSecurity

/** No security (RFC 37, "The NULL Security Mechanism"). */
export interface NullSecurity {
  readonly mechanism: "NULL"
  /** Ask for a verdict on every peer before the handshake continues; see `Engine.verdictRequest`. Default: false. */
  readonly authenticates?: boolean
}

/** This side shows a user name and a password, both in clear text (RFC 24). */
export interface PlainClientSecurity {
  readonly mechanism: "PLAIN"
  readonly asServer: false
  /** At most 255 bytes. */
  readonly username: Frame
  /** At most 255 bytes. */
  readonly password: Frame
}

/** The peer shows a user name and a password (RFC 24). Each peer needs a verdict; see `Engine.verdictRequest`. */
export interface PlainServerSecurity {
  readonly mechanism: "PLAIN"
  readonly asServer: true
}

/** Everything is encrypted, and this side knows the key of the peer in advance (RFC 26). */
export interface CurveClientSecurity {
  readonly mechanism: "CURVE"
  readonly asServer: false
  /** This side's permanent public key, 32 bytes. */
  readonly publicKey: Frame
  /** This side's permanent secret key, 32 bytes. */
  readonly secretKey: Frame
  /** The peer's permanent public key, 32 bytes. */
  readonly serverKey: Frame
  readonly crypto: CurveCrypto
}

/** Everything is encrypted, and the peer knows the key of this side in advance (RFC 26). */
export interface CurveServerSecurity {
  readonly mechanism: "CURVE"
  readonly asServer: true
  /** This side's permanent secret key, 32 bytes. Use the same object for all connections: results are cached by it. */
  readonly secretKey: Frame
  /** Ask for a verdict on the key of every peer; see `Engine.verdictRequest`. Default: false. */
  readonly authenticates?: boolean
  readonly crypto: CurveCrypto
}

/**
 * Status of a verdict (RFC 27): 200 accepts the peer, 300 asks it to try again later, 400 refuses it, 500 reports that
 * no verdict could be reached.
 */
export type Status = 200 | 300 | 400 | 500

/** A verdict on a peer, and what the application is told about it. */
export interface Verdict {
  readonly status: Status
  /** User id of the peer, for `PeerDescription.userId`. */
  readonly userId: string
  /** Further properties of the peer, for `PeerDescription.metadata`. */
  readonly metadata: Metadata
}
