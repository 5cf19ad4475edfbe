import { encodeText, type Frame } from "./bytes.js"
import type { Outbox } from "./outbox.js"
import { ProtocolError } from "./protocol-error.js"

/** Length of a ZMTP 3.x greeting, in bytes (RFC 37, "The Greeting"). */
export const GREETING_SIZE = 64

const SIGNATURE_SIZE = 10
const VERSION_MAJOR = 3
const VERSION_MINOR = 1

/**
 * The first 64 bytes each way. They are sent in steps, each as soon as the peer's bytes allow it, so that an older
 * peer can be answered in its own version and two cautious peers never wait for each other.
 */
export class Greeting {
  /** Minor version that both sides speak: 0 or 1. Known when the greeting is complete. */
  minor = VERSION_MINOR
  readonly #received = new Uint8Array(GREETING_SIZE)
  #length = 0

  constructor(
    private readonly mechanism: string,
    private readonly asServer: boolean,
    private readonly routingIdLength: number,
  ) {}

  /** The signature goes out without waiting. Its padding is what ZMTP 1.0 peers read as a length. */
  begin(outbox: Outbox): void {
    const length = this.routingIdLength + 1
    outbox.raw(Uint8Array.of(0xff, 0, 0, 0, 0, 0, 0, length >>> 8, length & 0xff, 0x7f))
  }

  /**
   * Takes the greeting's share of `chunk` and answers into `outbox`. Returns what is left of `chunk` once the greeting
   * is complete, `undefined` until then.
   * @throws ProtocolError when the peer speaks no ZMTP 3.x or another mechanism.
   */
  push(chunk: Frame, outbox: Outbox): Frame | undefined {
    let taken = 0
    while (taken < chunk.length && this.#length < GREETING_SIZE) {
      this.#received[this.#length++] = chunk[taken++]!
      this.#step(outbox)
    }
    return this.#length === GREETING_SIZE ? chunk.subarray(taken) : undefined
  }

  #step(outbox: Outbox): void {
    const received = this.#received
    switch (this.#length) {
      case 1:
        if (received[0] !== 0xff) throw new ProtocolError("ERR_ZMTP_UNSPECIFIED", "Peer speaks no ZMTP 2.0 or later")
        return
      case SIGNATURE_SIZE:
        // Only the lowest bit tells a signature from a ZMTP 1.0 length, as in libzmq.
        if ((received[9]! & 0x01) === 0) {
          throw new ProtocolError("ERR_ZMTP_UNSPECIFIED", "Peer speaks no ZMTP 2.0 or later")
        }
        outbox.raw(Uint8Array.of(VERSION_MAJOR))
        return
      case SIGNATURE_SIZE + 1:
        // Older peers branch off here: 0 is ZMTP 1.0 with a signature, 1 is ZMTP 2.0.
        if (received[10]! < 2) throw new ProtocolError("ERR_ZMTP_UNSPECIFIED", "Peer speaks ZMTP 2.0 or earlier")
        outbox.raw(this.#tail())
        return
      case GREETING_SIZE:
        this.minor = received[10] === 3 && received[11] === 0 ? 0 : VERSION_MINOR
        this.#checkMechanism()
    }
  }

  #tail(): Uint8Array {
    const tail = new Uint8Array(GREETING_SIZE - SIGNATURE_SIZE - 1)
    tail[0] = VERSION_MINOR
    tail.set(encodeText(this.mechanism), 1)
    tail[21] = this.asServer ? 1 : 0
    return tail
  }

  #checkMechanism(): void {
    const ours = new Uint8Array(20)
    ours.set(encodeText(this.mechanism))
    for (let index = 0; index < ours.length; index++) {
      if (this.#received[12 + index] === ours[index]) continue
      const name = String.fromCharCode(...this.#received.subarray(12, 32)).replace(/\0+$/, "")
      const theirs = /^[\x20-\x7e]*$/.test(name) ? name : "an unreadable one"
      throw new ProtocolError("ERR_ZMTP_MECHANISM_MISMATCH", `Peer wants ${theirs}, this socket ${this.mechanism}`)
    }
  }
}
