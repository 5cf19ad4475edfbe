import type { Frame } from "../bytes.js"
import type { CurveCrypto } from "./curve/crypto.js"
import type { Metadata } from "./metadata.js"

/**
 * Security of one side of a connection. Both sides use the same mechanism. With PLAIN and CURVE, one side is the server
 * of the mechanism; this does not depend on which side listens.
 */
export type Security =
  NullSecurity | PlainClientSecurity | PlainServerSecurity | CurveClientSecurity | CurveServerSecurity

/** No security (RFC 37, "The NULL Security Mechanism"). */
export interface NullSecurity {
  /** Name of the mechanism. */
  readonly mechanism: "NULL"
  /**
   * Whether to request a verdict on every peer before the handshake continues; see `Engine.verdictRequest`. Default:
   * false.
   */
  readonly authenticates?: boolean
}

/** This side sends a username and a password, both unencrypted (RFC 24). */
export interface PlainClientSecurity {
  /** Name of the mechanism. */
  readonly mechanism: "PLAIN"
  /** This side is the client of the mechanism. */
  readonly asServer: false
  /** At most 255 bytes. */
  readonly username: Frame
  /** At most 255 bytes. */
  readonly password: Frame
}

/** The peer sends a username and a password (RFC 24). Each peer needs a verdict; see `Engine.verdictRequest`. */
export interface PlainServerSecurity {
  /** Name of the mechanism. */
  readonly mechanism: "PLAIN"
  /** This side is the server of the mechanism. */
  readonly asServer: true
}

/** All traffic is encrypted. This side knows the peer's public key in advance (RFC 26). */
export interface CurveClientSecurity {
  /** Name of the mechanism. */
  readonly mechanism: "CURVE"
  /** This side is the client of the mechanism. */
  readonly asServer: false
  /** This side's permanent public key, 32 bytes. */
  readonly publicKey: Frame
  /** This side's permanent secret key, 32 bytes. */
  readonly secretKey: Frame
  /** The peer's permanent public key, 32 bytes. */
  readonly serverKey: Frame
  /** The cryptography, such as the result of `loadCurve`. */
  readonly crypto: CurveCrypto
}

/** All traffic is encrypted. The peer knows this side's public key in advance (RFC 26). */
export interface CurveServerSecurity {
  /** Name of the mechanism. */
  readonly mechanism: "CURVE"
  /** This side is the server of the mechanism. */
  readonly asServer: true
  /**
   * This side's permanent secret key, 32 bytes. Use the same object for all connections, and never change its bytes:
   * results are cached by the object.
   */
  readonly secretKey: Frame
  /** Whether to request a verdict on the key of every peer; see `Engine.verdictRequest`. Default: false. */
  readonly authenticates?: boolean
  /** The cryptography, such as the result of `loadCurve`. */
  readonly crypto: CurveCrypto
}

/**
 * Status of a verdict (RFC 27): 200 accepts the peer, 300 is a temporary failure, 400 refuses the peer, 500 means that
 * authentication failed for an internal reason.
 */
export type Status = 200 | 300 | 400 | 500

/** A verdict on a peer, with the properties that the authenticator assigned to it. */
export interface Verdict {
  /** Whether the peer is accepted. */
  readonly status: Status
  /** User id of the peer, for `PeerDescription.userId`. */
  readonly userId: string
  /** Further properties of the peer, for `PeerDescription.metadata`. */
  readonly metadata: Metadata
}
