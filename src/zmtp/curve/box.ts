import { allocate, concat, encodeText, type Frame } from "../bytes.js"
import { commandData } from "../command.js"
import type { Box } from "../mechanism.js"
import { ProtocolError } from "../protocol-error.js"
import { crypto } from "./crypto.js"
import { nonceOf, type Counter, type Sequence } from "./nonce.js"

const NAME = encodeText("\x07MESSAGE")
const SHORT_NONCE = 8
const TAG = 16

/** MESSAGE commands: every frame after the handshake (RFC 26, "MESSAGE Command"). */
export class CurveBox implements Box {
  readonly overhead = NAME.length + SHORT_NONCE + TAG + 1

  /** @param own Last letter of the nonce prefix of what this side sends: `C` or `S`. */
  constructor(
    private readonly key: Uint8Array,
    private readonly own: "C" | "S",
    private readonly counter: Counter,
    private readonly sequence: Sequence,
  ) {}

  seal(flags: number, body: Frame): Frame {
    const short = this.counter.next()
    const plain = allocate(1 + body.length)
    plain[0] = flags
    plain.set(body, 1)
    const box = crypto().seal(plain, nonceOf(`CurveZMQMESSAGE${this.own}`, short), this.key)
    return concat([NAME, short, box], NAME.length + SHORT_NONCE + box.length)
  }

  open(sealed: Frame): { flags: number; body: Frame } {
    const data = commandData(sealed, "MESSAGE")
    if (data === undefined) throw new ProtocolError("ERR_ZMTP_UNEXPECTED_COMMAND", "Frame that is not sealed")
    if (data.length < SHORT_NONCE + TAG + 1) {
      throw new ProtocolError("ERR_ZMTP_MALFORMED_COMMAND_MESSAGE", "MESSAGE is cut short")
    }
    const short = data.subarray(0, SHORT_NONCE)
    const nonce = nonceOf(`CurveZMQMESSAGE${this.own === "C" ? "S" : "C"}`, short)
    const plain = crypto().open(data.subarray(SHORT_NONCE), nonce, this.key)
    if (plain === undefined) throw new ProtocolError("ERR_ZMTP_CRYPTOGRAPHIC", "MESSAGE was not sealed by the peer")
    this.sequence.check(short)
    return { flags: plain[0]!, body: plain.subarray(1) }
  }
}
