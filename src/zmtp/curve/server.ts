import { concat, copy, type Frame } from "../bytes.js"
import { commandData, encodeCommand } from "../command.js"
import type { Box, Mechanism } from "../mechanism.js"
import { parseMetadata, type Metadata } from "../metadata.js"
import { refusal } from "../null.js"
import { ProtocolError } from "../protocol-error.js"
import type { Security } from "../security.js"
import { CurveBox } from "./box.js"
import { crypto } from "./crypto.js"
import { Counter, nonceOf, Sequence } from "./nonce.js"

const HELLO_SIZE = 2 + 72 + 32 + 8 + 80
const COOKIE_SIZE = 96
const SMALLEST_INITIATE = COOKIE_SIZE + 8 + 144

/**
 * The side whose public key the other knows beforehand (RFC 26). Between WELCOME and INITIATE it keeps one key and
 * nothing of the peer: what it needs comes back in the cookie.
 */
export class CurveServer implements Mechanism {
  readonly name = "CURVE"
  readonly asServer = true
  peer: Metadata = new Map()
  credentials: readonly Frame[] | undefined
  box: Box | undefined
  #next: "HELLO" | "WELCOME" | "INITIATE" | "READY" | undefined = "HELLO"
  readonly #counter = new Counter()
  readonly #sequence = new Sequence()
  /** The peer's transient key, from HELLO to WELCOME only. */
  #clientTransient: Uint8Array | undefined
  #cookieKey: Uint8Array | undefined
  #key: Uint8Array | undefined

  constructor(
    private readonly metadata: Uint8Array,
    private readonly security: Pick<Security, "publicKey" | "secretKey" | "authenticates">,
  ) {}

  get ready(): boolean {
    return this.#next === undefined
  }

  admit(): void {
    this.credentials = undefined
  }

  produce(): Uint8Array | undefined {
    if (this.#next === "WELCOME") return this.#welcome()
    if (this.#next === "READY" && this.credentials === undefined) return this.#becomeReady()
    return undefined
  }

  consume(body: Uint8Array): void {
    const data = this.#next === "HELLO" || this.#next === "INITIATE" ? commandData(body, this.#next) : undefined
    if (data === undefined) throw refusal(body)
    if (this.#next === "HELLO") this.#hello(data)
    else this.#initiate(data)
  }

  #hello(data: Uint8Array): void {
    if (data.length !== HELLO_SIZE || data[0] !== 1 || data[1] !== 0) {
      throw new ProtocolError(
        "ERR_ZMTP_MALFORMED_COMMAND_HELLO",
        `HELLO of ${data.length} bytes, or of another version`,
      )
    }
    const transient = copy(data.subarray(74, 106))
    const short = data.subarray(106, 114)
    const key = crypto().sharedKey(transient, this.security.secretKey)
    const plain = key && crypto().open(data.subarray(114), nonceOf("CurveZMQHELLO---", short), key)
    if (plain === undefined) throw forged("HELLO")
    this.#sequence.check(short)
    this.#clientTransient = transient
    this.#next = "WELCOME"
  }

  #welcome(): Uint8Array {
    this.#next = "INITIATE"
    const client = this.#clientTransient!
    this.#clientTransient = undefined
    const transient = crypto().keyPair()
    this.#cookieKey = crypto().random(32)
    const cookieNonce = crypto().random(16)
    const secrets = concat([client, transient.secretKey], 64)
    const cookie = crypto().seal(secrets, nonceOf("COOKIE--", cookieNonce), this.#cookieKey)
    secrets.fill(0)
    transient.secretKey.fill(0)
    const nonce = crypto().random(16)
    const plain = concat([transient.publicKey, cookieNonce, cookie], 32 + COOKIE_SIZE)
    const key = crypto().sharedKey(client, this.security.secretKey)!
    return encodeCommand("WELCOME", nonce, crypto().seal(plain, nonceOf("WELCOME-", nonce), key))
  }

  #initiate(data: Uint8Array): void {
    if (data.length < SMALLEST_INITIATE) {
      throw new ProtocolError("ERR_ZMTP_MALFORMED_COMMAND_INITIATE", "INITIATE is cut short")
    }
    const secrets = crypto().open(
      data.subarray(16, COOKIE_SIZE),
      nonceOf("COOKIE--", data.subarray(0, 16)),
      this.#cookieKey!,
    )
    // A cookie is good for once.
    this.#cookieKey = undefined
    if (secrets === undefined) throw forged("Cookie")
    const clientTransient = secrets.subarray(0, 32)
    const ownSecret = secrets.subarray(32, 64)
    const key = crypto().sharedKey(clientTransient, ownSecret)
    const short = data.subarray(COOKIE_SIZE, COOKIE_SIZE + 8)
    const plain = key && crypto().open(data.subarray(COOKIE_SIZE + 8), nonceOf("CurveZMQINITIATE", short), key)
    if (plain === undefined) throw forged("INITIATE")
    this.#sequence.check(short)
    this.#key = key
    const client = copy(plain.subarray(0, 32))
    this.#checkVouch(client, plain.subarray(32, 128), clientTransient, ownSecret)
    secrets.fill(0)
    this.peer = parseMetadata(plain.slice(128))
    if (this.security.authenticates) this.credentials = [client]
    this.#next = "READY"
  }

  /** The owner of the permanent key says that the transient one is his, and that it is for us. */
  #checkVouch(client: Uint8Array, vouch: Uint8Array, clientTransient: Uint8Array, ownSecret: Uint8Array): void {
    const key = crypto().sharedKey(client, ownSecret)
    const vouched = key && crypto().open(vouch.subarray(16), nonceOf("VOUCH---", vouch.subarray(0, 16)), key)
    if (vouched === undefined) throw forged("Vouch")
    const own = crypto().publicKey(this.security.secretKey)
    if (!crypto().equal(vouched.subarray(0, 32), clientTransient) || !crypto().equal(vouched.subarray(32), own)) {
      throw new ProtocolError("ERR_ZMTP_KEY_EXCHANGE", "Vouch is for other keys")
    }
  }

  #becomeReady(): Uint8Array {
    this.#next = undefined
    const short = this.#counter.next()
    this.box = new CurveBox(this.#key!, "S", this.#counter, this.#sequence)
    return encodeCommand("READY", short, crypto().seal(this.metadata, nonceOf("CurveZMQREADY---", short), this.#key!))
  }
}

function forged(what: string): ProtocolError {
  return new ProtocolError("ERR_ZMTP_CRYPTOGRAPHIC", `${what} was not sealed with the keys it should be`)
}
