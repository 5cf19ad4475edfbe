import type { Frame } from "./bytes.js"
import type { Metadata } from "./metadata.js"

/** How a socket's connections are secured, from its side. */
export interface Security {
  readonly mechanism: "NULL" | "PLAIN" | "CURVE"
  readonly asServer: boolean
  /** Whether peers are judged before they are let in. */
  readonly authenticates: boolean
  readonly username: Frame
  readonly password: Frame
  /** Keys of CURVE, 32 bytes each; empty where they are not set. */
  readonly publicKey: Frame
  readonly secretKey: Frame
  readonly serverKey: Frame
}

/** What becomes of a peer (RFC 27): let in, try again later, no, or cannot tell. */
export type Status = 200 | 300 | 400 | 500

/** A verdict on a peer, with what the application is told of it. */
export interface Verdict {
  readonly status: Status
  readonly userId: string
  readonly metadata: Metadata
}
