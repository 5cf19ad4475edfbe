import {
  FLAG_COMMAND,
  FLAG_MORE,
  FrameDecoder,
  GreetingReader,
  negotiatesMechanism,
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
  /** Whether to show PLAIN passwords. */
  readonly secrets: boolean
}

/** Maximum size of a frame, in bytes: a frame is kept in memory until it is complete. */
const MAX_FRAME = 64 * 1024 * 1024

/** The last command of the handshake from either side of a PLAIN or CURVE connection, or the one that ends it. */
const LAST_COMMANDS: ReadonlySet<string> = new Set(["READY", "INITIATE", "ERROR"])

/** Parses one direction of a connection, in arbitrary chunks, and reports its elements. It validates nothing. */
export class Reader {
  readonly #report: (piece: Piece) => void
  readonly #options: ReaderOptions
  readonly #greeting = new GreetingReader()
  #decoder: FrameDecoder | LegacyFrameDecoder = new FrameDecoder()
  #state: "greeting" | "handshake" | "identity" | "traffic" | "lost" = "greeting"
  #curve = false

  constructor(options: ReaderOptions, report: (piece: Piece) => void) {
    this.#options = options
    this.#report = report
  }

  push(chunk: Uint8Array): void {
    if (this.#state === "lost") return
    try {
      const rest = this.#state === "greeting" ? this.#parseGreeting(chunk) : chunk
      if (rest === undefined) return
      this.#decoder.push(rest)
      while (this.#decoder.next()) this.#read(this.#decoder.flags, this.#decoder.body)
    } catch (error) {
      if (!(error instanceof ProtocolError)) throw error
      this.#stop(error.message)
    }
  }

  /** Bytes are missing, so the rest cannot be parsed. */
  gap(size: number): void {
    if (this.#state !== "lost") this.#stop(`${size} bytes are not in the capture`)
  }

  #stop(why: string): void {
    this.#state = "lost"
    this.#report({ kind: "fault", text: `${why}; the rest of this direction is not read` })
  }

  /** Parses the greeting. Returns the rest once it is complete. */
  #parseGreeting(chunk: Uint8Array): Uint8Array | undefined {
    const rest = this.#greeting.push(chunk)
    if (rest === undefined) return undefined
    const { version, mechanism, asServer } = this.#greeting
    this.#decoder = this.#greeting.createDecoder()
    this.#decoder.limit = MAX_FRAME
    if (!negotiatesMechanism(version)) {
      this.#state = "identity"
      this.#report({ kind: "greeting", text: version === "unversioned" ? "ZMTP 1.0, no greeting" : `ZMTP ${version!}` })
      return rest
    }
    this.#state = "handshake"
    this.#curve = mechanism === "CURVE"
    this.#report({ kind: "greeting", text: `ZMTP ${version!} ${printable(mechanism)}${asServer ? " as server" : ""}` })
    return rest
  }

  #read(flags: number, body: Uint8Array): void {
    if (this.#state === "identity") {
      this.#state = "traffic"
      this.#report({ kind: "command", text: `routing id, ${size(body)}`, body })
      return
    }
    // Some peers do not set the flag during the handshake.
    const command = (flags & FLAG_COMMAND) !== 0 || this.#state === "handshake" ? parseCommand(body) : undefined
    if (command !== undefined) {
      if (this.#state === "handshake" && LAST_COMMANDS.has(command.name)) this.#state = "traffic"
      this.#report(this.#describe(command))
      return
    }
    const sealed = this.#curve ? parseCommand(body) : undefined
    if (sealed?.name === "MESSAGE") {
      this.#report({ kind: "frame", text: `encrypted, ${size(body)}` })
      return
    }
    this.#report({ kind: "frame", text: `${size(body)}${(flags & FLAG_MORE) !== 0 ? ", more" : ""}`, body })
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

/** Formats properties, truncated, because together they can be as large as a command. */
function properties(data: Uint8Array): string {
  return Array.from(parseMetadata(data), ([name, value]) => `${printable(name)}=${quoted(value)}`).join(" ")
}

function size({ length }: Uint8Array): string {
  return length === 1 ? "1 byte" : `${length} bytes`
}
