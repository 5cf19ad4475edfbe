import { concat, type Frame } from "../../bytes.js"
import { encodeCommand } from "../../commands/command.js"
import type { Mechanism } from "../mechanism.js"
import { parseMetadata, type Metadata } from "../metadata.js"
import { ProtocolError } from "../../protocol-error.js"
import type { CurveClientSecurity } from "../security.js"
import { Turns } from "../turns.js"
import { CurveBox } from "./box.js"
import { sharedKey, type CurveCrypto, type KeyPair } from "./crypto.js"
import { checkLengths } from "./keys.js"
import { Counter, nonceOf, Sequence } from "./nonce.js"

const VERSION = /* @__PURE__ */ Uint8Array.of(1, 0)
/** Padding that makes HELLO larger than its answer, WELCOME (RFC 26). */
const PADDING = /* @__PURE__ */ new Uint8Array(72)
const SIGNATURE = /* @__PURE__ */ new Uint8Array(64)
const WELCOME_SIZE = 16 + 144

/** The client of CURVE, which knows the server's public key in advance (RFC 26). */
export class CurveClient implements Mechanism {
  readonly name = "CURVE"
  readonly asServer = false
  readonly credentials = undefined
  peer: Metadata = new Map()
  box: CurveBox | undefined
  readonly #crypto: CurveCrypto
  readonly #turns = new Turns("client")
  /** Our transient keys, created for HELLO. */
  #transient: KeyPair | undefined
  readonly #counter = new Counter()
  readonly #sequence = new Sequence()
  #serverTransient: Uint8Array | undefined
  #cookie: Uint8Array | undefined
  /** Shared key of our transient key and the server's permanent key. */
  #helloKey: Uint8Array | undefined
  /** Shared key of the two transient keys. */
  #key: Uint8Array | undefined

  /** @throws RangeError if a key is not 32 bytes long. */
  constructor(
    private readonly metadata: Uint8Array,
    private readonly security: Pick<CurveClientSecurity, "publicKey" | "secretKey" | "serverKey" | "crypto">,
  ) {
    const { publicKey, secretKey, serverKey, crypto } = security
    this.#crypto = crypto
    checkLengths({ publicKey, secretKey, serverKey })
  }

  get peerKey(): Frame {
    return this.security.serverKey
  }

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
    return command === "HELLO" ? this.#hello() : this.#initiate()
  }

  consume(body: Uint8Array): void {
    const data = this.#turns.dataOf(body)
    if (this.#turns.toReceive === "WELCOME") this.#welcome(data)
    else this.#becomeReady(data)
    this.#turns.next()
  }

  dispose(): void {
    this.box?.dispose()
    for (const secret of [this.#transient?.secretKey, this.#helloKey, this.#key]) if (secret) this.#crypto.wipe(secret)
  }

  #hello(): Uint8Array {
    const { serverKey } = this.security
    const transient = (this.#transient = this.#crypto.keyPair())
    this.#helloKey = sharedKey(this.#crypto, serverKey, transient.secretKey)
    if (this.#helloKey === undefined) {
      throw new ProtocolError("ERR_ZMTP_KEY_EXCHANGE", "Invalid server public key")
    }
    const short = this.#counter.next()
    const box = this.#crypto.seal(SIGNATURE, nonceOf("CurveZMQHELLO---", short), this.#helloKey)
    return encodeCommand("HELLO", VERSION, PADDING, transient.publicKey, short, box)
  }

  #welcome(data: Uint8Array): void {
    if (data.length !== WELCOME_SIZE) {
      throw new ProtocolError("ERR_ZMTP_MALFORMED_COMMAND_WELCOME", `Malformed WELCOME command: ${data.length} bytes`)
    }
    const plain = this.#crypto.open(data.subarray(16), nonceOf("WELCOME-", data.subarray(0, 16)), this.#helloKey!)
    if (plain === undefined) throw forged("WELCOME")
    this.#crypto.wipe(this.#helloKey!)
    this.#serverTransient = plain.slice(0, 32)
    this.#cookie = plain.slice(32)
    this.#key = sharedKey(this.#crypto, this.#serverTransient, this.#transient!.secretKey)
    if (this.#key === undefined) throw forged("WELCOME")
    this.#crypto.wipe(this.#transient!.secretKey)
  }

  #initiate(): Uint8Array {
    const { publicKey, secretKey, serverKey } = this.security
    const vouchNonce = this.#crypto.random(16)
    const vouchKey = sharedKey(this.#crypto, this.#serverTransient!, secretKey)
    if (vouchKey === undefined) throw forged("WELCOME")
    const vouched = concat([this.#transient!.publicKey, serverKey], 64)
    const vouch = this.#crypto.seal(vouched, nonceOf("VOUCH---", vouchNonce), vouchKey)
    this.#crypto.wipe(vouchKey)
    const short = this.#counter.next()
    const plain = concat([publicKey, vouchNonce, vouch, this.metadata], 32 + 16 + vouch.length + this.metadata.length)
    const box = this.#crypto.seal(plain, nonceOf("CurveZMQINITIATE", short), this.#key!)
    const cookie = this.#cookie!
    this.#cookie = undefined
    return encodeCommand("INITIATE", cookie, short, box)
  }

  #becomeReady(data: Uint8Array): void {
    if (data.length < 8 + 16) throw new ProtocolError("ERR_ZMTP_MALFORMED_COMMAND_READY", "Truncated READY command")
    const short = data.subarray(0, 8)
    const plain = this.#crypto.open(data.subarray(8), nonceOf("CurveZMQREADY---", short), this.#key!)
    if (plain === undefined) throw forged("READY")
    this.#sequence.check(short)
    this.peer = parseMetadata(plain)
    this.box = new CurveBox(this.#crypto, this.#key!, "C", this.#counter, this.#sequence)
  }
}

function forged(command: string): ProtocolError {
  return new ProtocolError(
    "ERR_ZMTP_CRYPTOGRAPHIC",
    `${command} cannot be decrypted: the server does not have the configured key`,
  )
}
