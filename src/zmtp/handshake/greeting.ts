import { concat, encodeText, type Frame } from "../bytes.js"
import type { FrameOutbox } from "../frames/frame-format.js"
import { quoted } from "../printable.js"
import { IncompatiblePeerError, ProtocolError } from "../protocol-error.js"
import type { Version } from "../version.js"

/** Length of a ZMTP 3.x greeting, in bytes (RFC 37, "The Greeting"). */
export const GREETING_SIZE = 64

const SIGNATURE_SIZE = 10
/** Length of a greeting of ZMTP 2.0, or 1.0 with a signature, in bytes: signature, version, and socket type. */
const LEGACY_GREETING_SIZE = 12
const VERSION_MAJOR = 3
const VERSION_MINOR = 1

/**
 * The first bytes in each direction: 64 with a ZMTP 3.x peer. They are sent in steps, each as soon as the peer's bytes
 * allow it, so that an older peer is answered in its own version and two sides never wait for each other.
 */
export class Greeting {
  /** Valid once the greeting is complete. */
  version: Version = "3.1"
  readonly #received = new Uint8Array(GREETING_SIZE)
  #length = 0
  /** Length of the peer's greeting, in bytes. */
  #size = GREETING_SIZE

  /**
   * @param mechanism The mechanism that the peer must also use; `undefined` accepts any, for passive observers.
   * @param socketType Number of the socket type, which is sent to peers before ZMTP 3.0; `undefined` rejects them.
   */
  constructor(
    private readonly mechanism: string | undefined,
    private readonly asServer: boolean,
    private readonly routingIdLength: number,
    private readonly socketType: number | undefined,
  ) {}

  /** The mechanism that the peer announced; valid once the greeting of a ZMTP 3.x peer is complete. */
  get peerMechanism(): string {
    return String.fromCharCode(...this.#received.subarray(12, 32)).replace(/\0+$/, "")
  }

  /** Whether the peer claims to be the server of its mechanism. */
  get peerAsServer(): boolean {
    return (this.#received[32]! & 0x01) === 1
  }

  /** Sends the signature without waiting. Peers of ZMTP 1.0 read its padding as the length of a frame. */
  begin(outbox: FrameOutbox): void {
    const length = this.routingIdLength + 1
    outbox.raw(Uint8Array.of(0xff, 0, 0, 0, 0, 0, 0, length >>> 8, length & 0xff, 0x7f))
  }

  /**
   * Consumes the part of `chunk` that belongs to the greeting, and writes the reply to `outbox`. Returns the remainder
   * of `chunk` once the greeting is complete, `undefined` until then.
   * @throws ProtocolError if the peer announces another mechanism or a version that is not accepted.
   */
  push(chunk: Frame, outbox: FrameOutbox): Frame | undefined {
    let taken = 0
    while (taken < chunk.length && this.#length < this.#size) {
      this.#received[this.#length++] = chunk[taken++]!
      this.#step(outbox)
    }
    if (this.version !== "unversioned") return this.#length === this.#size ? chunk.subarray(taken) : undefined
    // The peer has no greeting: these bytes are the beginning of its first frame.
    const rest = chunk.subarray(taken)
    return concat([this.#received.subarray(0, this.#length), rest], this.#length + rest.length)
  }

  #step(outbox: FrameOutbox): void {
    const received = this.#received
    switch (this.#length) {
      case 1:
        if (received[0] !== 0xff) this.#becomeLegacy("unversioned", 1)
        return
      case SIGNATURE_SIZE:
        // Only the lowest bit distinguishes a signature from a ZMTP 1.0 length, as in libzmq.
        if ((received[9]! & 0x01) === 0) this.#becomeLegacy("unversioned", SIGNATURE_SIZE)
        else outbox.raw(Uint8Array.of(VERSION_MAJOR))
        return
      case SIGNATURE_SIZE + 1:
        if (received[10]! > 1) {
          outbox.raw(this.#tail())
          return
        }
        this.#becomeLegacy(received[10] === 0 ? "1.0" : "2.0", LEGACY_GREETING_SIZE)
        outbox.raw(Uint8Array.of(this.socketType!))
        return
      case GREETING_SIZE:
        this.version = received[10] === 3 && received[11] === 0 ? "3.0" : "3.1"
        this.#checkMechanism()
    }
  }

  #becomeLegacy(version: Version, size: number): void {
    if (this.socketType === undefined) {
      throw new ProtocolError("ERR_ZMTP_UNSPECIFIED", "Peer uses a version of ZMTP without security mechanisms")
    }
    this.version = version
    this.#size = size
  }

  #tail(): Uint8Array {
    const tail = new Uint8Array(GREETING_SIZE - SIGNATURE_SIZE - 1)
    tail[0] = VERSION_MINOR
    tail.set(encodeText(this.mechanism ?? ""), 1)
    tail[21] = this.asServer ? 1 : 0
    return tail
  }

  #checkMechanism(): void {
    if (this.mechanism === undefined) return
    const ours = new Uint8Array(20)
    ours.set(encodeText(this.mechanism))
    for (let index = 0; index < ours.length; index++) {
      if (this.#received[12 + index] === ours[index]) continue
      const message = `Peer uses ${quoted(this.peerMechanism)}, this socket uses ${quoted(this.mechanism)}`
      throw new IncompatiblePeerError("ERR_ZMTP_MECHANISM_MISMATCH", message)
    }
  }
}
