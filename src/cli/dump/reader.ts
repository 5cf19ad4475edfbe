import {
  FLAG_COMMAND,
  FLAG_MORE,
  FrameDecoder,
  GreetingReader,
  hasHandshake,
  parseCommand,
  parseMetadata,
  printable,
  ProtocolError,
  quoted,
  type Command,
  type LegacyFrameDecoder,
} from "../../protocol.js"

/** One element of the protocol. */
export interface Piece {
  readonly kind: "greeting" | "command" | "frame" | "fault"
  readonly text: string
  /** The part of a body to show. */
  readonly body?: Uint8Array
}

export interface ReaderOptions {
  /** Show PLAIN passwords. */
  readonly secrets: boolean
}

/** Where the peer of a CURVE or PLAIN connection is after its last command of the handshake. */
const LAST_COMMANDS: ReadonlySet<string> = new Set(["READY", "INITIATE", "ERROR"])

/** Reads one direction of a connection, in any cut, and tells what it is made of. Sends nothing, judges nothing. */
export class Reader {
  readonly #tell: (piece: Piece) => void
  readonly #options: ReaderOptions
  readonly #greeting = new GreetingReader()
  #decoder: FrameDecoder | LegacyFrameDecoder = new FrameDecoder()
  #state: "greeting" | "handshake" | "identity" | "traffic" | "lost" = "greeting"
  #curve = false

  constructor(options: ReaderOptions, tell: (piece: Piece) => void) {
    this.#options = options
    this.#tell = tell
  }

  push(chunk: Uint8Array): void {
    if (this.#state === "lost") return
    try {
      const rest = this.#state === "greeting" ? this.#greet(chunk) : chunk
      if (rest === undefined) return
      this.#decoder.push(rest)
      while (this.#decoder.next()) this.#read(this.#decoder.flags, this.#decoder.body)
    } catch (error) {
      if (!(error instanceof ProtocolError)) throw error
      this.#lose(error.message)
    }
  }

  /** Bytes are missing: what follows cannot be told apart. */
  gap(size: number): void {
    if (this.#state !== "lost") this.#lose(`${size} bytes are not in the capture`)
  }

  #lose(why: string): void {
    this.#state = "lost"
    this.#tell({ kind: "fault", text: `${why}; the rest of this direction is not read` })
  }

  /** What comes after the greeting, once it is complete. */
  #greet(chunk: Uint8Array): Uint8Array | undefined {
    const rest = this.#greeting.push(chunk)
    if (rest === undefined) return undefined
    const { version, mechanism, asServer } = this.#greeting
    this.#decoder = this.#greeting.createDecoder()
    if (!hasHandshake(version)) {
      this.#state = "identity"
      this.#tell({ kind: "greeting", text: version === "unversioned" ? "ZMTP 1.0, no greeting" : `ZMTP ${version!}` })
      return rest
    }
    this.#state = "handshake"
    this.#curve = mechanism === "CURVE"
    this.#tell({ kind: "greeting", text: `ZMTP ${version!} ${printable(mechanism)}${asServer ? " as server" : ""}` })
    return rest
  }

  #read(flags: number, body: Uint8Array): void {
    if (this.#state === "identity") {
      this.#state = "traffic"
      this.#tell({ kind: "command", text: `routing id, ${size(body)}`, body })
      return
    }
    // Some peers leave the flag out in the handshake.
    const command = (flags & FLAG_COMMAND) !== 0 || this.#state === "handshake" ? parseCommand(body) : undefined
    if (command !== undefined) {
      if (this.#state === "handshake" && LAST_COMMANDS.has(command.name)) this.#state = "traffic"
      this.#tell(this.#describe(command))
      return
    }
    const sealed = this.#curve ? parseCommand(body) : undefined
    if (sealed?.name === "MESSAGE") {
      this.#tell({ kind: "frame", text: `encrypted, ${size(body)}` })
      return
    }
    this.#tell({ kind: "frame", text: `${size(body)}${(flags & FLAG_MORE) !== 0 ? ", more" : ""}`, body })
  }

  #describe({ name, data }: Command): Piece {
    const kind = "command"
    switch (name) {
      case "READY":
      case "INITIATE":
        return {
          kind,
          text: this.#curve ? `${name} encrypted, ${size(data)}` : `${name} ${properties(data)}`.trimEnd(),
        }
      case "HELLO":
        return { kind, text: this.#curve ? `${name} ${size(data)}` : `${name} ${this.#credentials(data)}` }
      case "WELCOME":
        return { kind, text: data.length === 0 ? name : `${name} encrypted, ${size(data)}` }
      case "ERROR":
        return { kind, text: name, body: data.subarray(1, 1 + (data[0] ?? 0)) }
      case "PING":
        return {
          kind,
          text: `${name} ttl ${(((data[0] ?? 0) << 8) | (data[1] ?? 0)) * 100} ms`,
          body: data.subarray(2),
        }
      default:
        return { kind, text: data.length === 0 && name !== "SUBSCRIBE" ? name : `${name} ${size(data)}`, body: data }
    }
  }

  #credentials(data: Uint8Array): string {
    const name = data.subarray(1, 1 + (data[0] ?? 0))
    const password = data.subarray(2 + name.length)
    return `user ${quoted(name)}, password ${this.#options.secrets ? quoted(password) : "hidden"}`
  }
}

/** Each is shown by its beginning: together they can be as large as a command. */
function properties(data: Uint8Array): string {
  return Array.from(parseMetadata(data), ([name, value]) => `${printable(name)}=${quoted(value)}`).join(" ")
}

function size({ length }: Uint8Array): string {
  return length === 1 ? "1 byte" : `${length} bytes`
}
