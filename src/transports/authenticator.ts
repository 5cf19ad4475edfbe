import type { Security, Status } from "../zmtp/handshake/security.js"

/** Describes a peer that requests a connection (RFC 27, "The ZAP Request"). */
export interface AuthenticationRequest {
  /** The security mechanism of the connection: `NULL`, `PLAIN`, or `CURVE`. */
  readonly mechanism: Security["mechanism"]
  /** The socket's `zapDomain`. */
  readonly domain: string
  /** IP address of the peer; `localhost` over ipc. */
  readonly address: string
  /** PLAIN only: the username. */
  readonly username?: string
  /** PLAIN only: the password. */
  readonly password?: string
  /** CURVE only: the permanent public key of the peer, 32 bytes. */
  readonly publicKey?: Uint8Array
  /** Aborts when the peer disconnects or its handshake times out, because the verdict is then no longer needed. */
  readonly signal: AbortSignal
}

/** A verdict with details. */
export interface AuthenticationVerdict {
  /** Whether the peer is accepted, as the result of an `Authenticator`. */
  readonly status: boolean | Status
  /** User id of the peer, for `peer.userId`. */
  readonly userId?: string
  /** Further properties of the peer, for `peer.metadata`. */
  readonly metadata?: Readonly<Record<string, string | Uint8Array>>
}

/**
 * Authenticates a peer. Return true or 200 to accept it, false or 400 to reject it, 300 for a temporary failure, and
 * 500 for an internal error.
 */
export type Authenticator = (request: AuthenticationRequest) => AuthenticationAnswer | Promise<AuthenticationAnswer>

export type AuthenticationAnswer = boolean | Status | AuthenticationVerdict
