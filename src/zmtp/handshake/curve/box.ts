import { encodeText, type Frame } from "../../bytes.js"
import { FLAG_COMMAND, FLAG_MORE } from "../../frames/frame-decoder.js"
import type { Box } from "../mechanism.js"
import type { FrameOutbox } from "../../frames/frame-format.js"
import { ProtocolError } from "../../protocol-error.js"
import type { CurveCrypto } from "./crypto.js"
import { nonceOf, type Counter, type Sequence } from "./nonce.js"

/** The command flag inside a box differs from the one outside (RFC 26, "MESSAGE Command"). */
const SEALED_COMMAND = 0x02
const NAME = /* @__PURE__ */ encodeText("\x07MESSAGE")
const SHORT_NONCE = 8
const TAG = 16
/** Offset of the box, after the command's name and the short nonce. */
const BOX = NAME.length + SHORT_NONCE
/** Offset of the body within the frame, after the authentication tag and the flags. Encryption adds this many bytes. */
const BODY = BOX + TAG + 1
/** Maximum size of a frame, in bytes: the WebAssembly memory of the cipher is limited. */
const MAX_SIZE = 0x4000_0000
/** Offset of the short nonce within the full nonce. */
const SHORT = 16

/** Encrypts every frame after the handshake as a MESSAGE command (RFC 26, "MESSAGE Command"). */
export class CurveBox implements Box {
  readonly overhead = BODY
  readonly maxSize = MAX_SIZE
  flags = 0
  #disposed = false
  readonly #sent: Uint8Array
  readonly #received: Uint8Array

  /** @param own Last letter of the nonce prefix for messages from this side: `C` or `S`. */
  constructor(
    private readonly crypto: CurveCrypto,
    private readonly key: Uint8Array,
    own: "C" | "S",
    private readonly counter: Counter,
    private readonly sequence: Sequence,
  ) {
    this.#sent = nonceOf(`CurveZMQMESSAGE${own}`, NO_NONCE)
    this.#received = nonceOf(`CurveZMQMESSAGE${own === "C" ? "S" : "C"}`, NO_NONCE)
  }

  seal(flags: number, body: Frame, outbox: FrameOutbox): void {
    if (this.#disposed) return
    outbox.place(0, BODY + body.length)
    const { target, at } = outbox
    const nonce = this.#sent
    this.counter.write(nonce, SHORT)
    for (let index = 0; index < NAME.length; index++) target[at + index] = NAME[index]!
    for (let index = 0; index < SHORT_NONCE; index++) target[at + NAME.length + index] = nonce[SHORT + index]!
    try {
      this.crypto.sealMessage(
        (flags & FLAG_MORE) | ((flags & FLAG_COMMAND) !== 0 ? SEALED_COMMAND : 0),
        body,
        nonce,
        this.key,
        target,
        at + BOX,
      )
    } catch (error) {
      // Uninitialized memory must not be sent.
      target.fill(0, at, at + BODY + body.length)
      throw error
    }
  }

  open(sealed: Frame): Frame {
    for (let index = 0; index < NAME.length; index++) {
      if (sealed[index] !== NAME[index]) {
        throw new ProtocolError("ERR_ZMTP_UNEXPECTED_COMMAND", "Unencrypted frame")
      }
    }
    if (sealed.length < BODY) throw new ProtocolError("ERR_ZMTP_MALFORMED_COMMAND_MESSAGE", "Truncated MESSAGE command")
    const nonce = this.#received
    for (let index = 0; index < SHORT_NONCE; index++) nonce[SHORT + index] = sealed[NAME.length + index]!
    if (!this.#openBox(sealed)) {
      throw new ProtocolError("ERR_ZMTP_CRYPTOGRAPHIC", "MESSAGE cannot be decrypted")
    }
    this.sequence.check(nonce, SHORT)
    const flags = sealed[BODY - 1]!
    this.flags = (flags & FLAG_MORE) | ((flags & SEALED_COMMAND) !== 0 ? FLAG_COMMAND : 0)
    return sealed.subarray(BODY)
  }

  dispose(): void {
    this.#disposed = true
    this.crypto.wipe(this.key)
  }

  #openBox(sealed: Frame): boolean {
    return !this.#disposed && this.crypto.openInPlace(sealed, BOX, this.#received, this.key)
  }
}

const NO_NONCE = /* @__PURE__ */ new Uint8Array(SHORT_NONCE)
