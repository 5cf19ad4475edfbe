import { copy, type Frame } from "../bytes.js"
import { encodeCommand } from "../commands/command.js"
import { ProtocolError } from "../protocol-error.js"
import type { Mechanism } from "./mechanism.js"
import { parseMetadata, type Metadata } from "./metadata.js"
import type { PlainClientSecurity } from "./security.js"
import { Turns } from "./turns.js"

/** The client of PLAIN (RFC 24). It sends its password unencrypted. */
export class PlainClient implements Mechanism {
  readonly name = "PLAIN"
  readonly asServer = false
  readonly box = undefined
  readonly peerKey = undefined
  readonly credentials = undefined
  peer: Metadata = new Map()
  readonly #turns = new Turns("client")

  constructor(
    private readonly metadata: Uint8Array,
    private readonly security: Pick<PlainClientSecurity, "username" | "password">,
  ) {}

  get ready(): boolean {
    return this.#turns.over
  }

  accept(): void {
    // Only the server authenticates its peer.
  }

  produce(): Uint8Array | undefined {
    const command = this.#turns.toSend
    if (command === undefined) return undefined
    this.#turns.next()
    if (command === "INITIATE") return encodeCommand("INITIATE", this.metadata)
    const { username, password } = this.security
    return encodeCommand("HELLO", prefixed(username), prefixed(password))
  }

  consume(body: Uint8Array): void {
    const data = this.#turns.dataOf(body)
    if (this.#turns.toReceive === "READY") this.peer = parseMetadata(data)
    else if (data.length > 0) {
      throw new ProtocolError("ERR_ZMTP_MALFORMED_COMMAND_WELCOME", "Malformed WELCOME command: unexpected data")
    }
    this.#turns.next()
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
  readonly peerKey = undefined
  peer: Metadata = new Map()
  credentials: readonly Frame[] | undefined
  readonly #turns = new Turns("server")

  constructor(private readonly metadata: Uint8Array) {}

  get ready(): boolean {
    return this.#turns.over
  }

  accept(): void {
    this.credentials = undefined
  }

  produce(): Uint8Array | undefined {
    const command = this.#turns.toSend
    if (command === undefined || this.credentials !== undefined) return undefined
    this.#turns.next()
    return command === "WELCOME" ? encodeCommand("WELCOME") : encodeCommand("READY", this.metadata)
  }

  consume(body: Uint8Array): void {
    const data = this.#turns.dataOf(body)
    if (this.#turns.toReceive === "HELLO") this.credentials = parseHello(data)
    else this.peer = parseMetadata(data)
    this.#turns.next()
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
