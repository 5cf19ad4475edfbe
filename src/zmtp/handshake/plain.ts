import { copy, type Frame } from "../bytes.js"
import { commandData, encodeCommand } from "../commands/command.js"
import { unexpected } from "../commands/error.js"
import type { Mechanism } from "./mechanism.js"
import { parseMetadata, type Metadata } from "./metadata.js"
import { ProtocolError } from "../protocol-error.js"
import type { PlainClientSecurity } from "./security.js"

/** The client of PLAIN (RFC 24). It sends its password unencrypted. */
export class PlainClient implements Mechanism {
  readonly name = "PLAIN"
  readonly asServer = false
  readonly box = undefined
  readonly publicKey = undefined
  readonly credentials = undefined
  peer: Metadata = new Map()
  /** The next command of the handshake, from either side. */
  #next: "HELLO" | "WELCOME" | "INITIATE" | "READY" | undefined = "HELLO"

  constructor(
    private readonly metadata: Uint8Array,
    private readonly security: Pick<PlainClientSecurity, "username" | "password">,
  ) {}

  get ready(): boolean {
    return this.#next === undefined
  }

  accept(): void {
    // Only the server authenticates its peer.
  }

  produce(): Uint8Array | undefined {
    if (this.#next === "HELLO") {
      this.#next = "WELCOME"
      const { username, password } = this.security
      return encodeCommand("HELLO", prefixed(username), prefixed(password))
    }
    if (this.#next !== "INITIATE") return undefined
    this.#next = "READY"
    return encodeCommand("INITIATE", this.metadata)
  }

  consume(body: Uint8Array): void {
    const data = this.#next === "WELCOME" || this.#next === "READY" ? commandData(body, this.#next) : undefined
    if (data === undefined) throw unexpected(body, this.#next)
    if (this.#next === "READY") {
      this.peer = parseMetadata(data)
      this.#next = undefined
      return
    }
    if (data.length > 0) {
      throw new ProtocolError("ERR_ZMTP_MALFORMED_COMMAND_WELCOME", "Malformed WELCOME command: unexpected data")
    }
    this.#next = "INITIATE"
  }

  dispose(): void {
    // The username and password belong to the socket.
  }
}

/** The server of PLAIN, which authenticates the peer's username and password (RFC 24). */
export class PlainServer implements Mechanism {
  readonly name = "PLAIN"
  readonly asServer = true
  readonly box = undefined
  readonly publicKey = undefined
  peer: Metadata = new Map()
  credentials: readonly Frame[] | undefined
  /** The next command of the handshake, from either side. */
  #next: "HELLO" | "WELCOME" | "INITIATE" | "READY" | undefined = "HELLO"

  constructor(private readonly metadata: Uint8Array) {}

  get ready(): boolean {
    return this.#next === undefined
  }

  accept(): void {
    this.credentials = undefined
  }

  produce(): Uint8Array | undefined {
    if (this.#next === "WELCOME" && this.credentials === undefined) {
      this.#next = "INITIATE"
      return encodeCommand("WELCOME")
    }
    if (this.#next !== "READY") return undefined
    this.#next = undefined
    return encodeCommand("READY", this.metadata)
  }

  consume(body: Uint8Array): void {
    const data = this.#next === "HELLO" || this.#next === "INITIATE" ? commandData(body, this.#next) : undefined
    if (data === undefined) throw unexpected(body, this.#next)
    if (this.#next === "INITIATE") {
      this.peer = parseMetadata(data)
      this.#next = "READY"
      return
    }
    this.credentials = parseHello(data)
    this.#next = "WELCOME"
  }

  dispose(): void {
    // The password was sent unencrypted, so it is not a secret.
  }
}

function prefixed(text: Frame): Uint8Array {
  return Uint8Array.of(text.length, ...text)
}

/** Parses the username and the password, each preceded by its length. */
function parseHello(data: Uint8Array): Frame[] {
  // NaN if a length is missing.
  const nameEnd = 1 + data[0]!
  const passwordEnd = nameEnd + 1 + data[nameEnd]!
  if (passwordEnd !== data.length) {
    throw new ProtocolError(
      "ERR_ZMTP_MALFORMED_COMMAND_HELLO",
      "Malformed HELLO command: expected a username and a password",
    )
  }
  return [copy(data.subarray(1, nameEnd)), copy(data.subarray(nameEnd + 1))]
}
