import { concat, copy, ownCopy, type Frame } from "../../bytes.js"
import { encodeCommand } from "../../commands/command.js"
import type { Mechanism } from "../mechanism.js"
import { parseMetadata, type Metadata } from "../metadata.js"
import { ProtocolError } from "../../protocol-error.js"
import type { CurveServerSecurity } from "../security.js"
import { Turns } from "../turns.js"
import { CurveBox } from "./box.js"
import { sharedKey, type CurveCrypto } from "./crypto.js"
import { checkLengths } from "./keys.js"
import { Counter, nonceOf, Sequence } from "./nonce.js"

const HELLO_SIZE = 2 + 72 + 32 + 8 + 80
const COOKIE_SIZE = 96
/** Lifetime of a cookie, in ms. RFC 26 discards the cookie key after a minute. */
const COOKIE_LIFETIME = 60_000
const SMALLEST_INITIATE = COOKIE_SIZE + 8 + 144

/**
 * The server of CURVE, whose public key the client knows in advance (RFC 26). Between WELCOME and INITIATE it keeps
 * only the cookie key and the nonce of HELLO, because the peer returns its keys in the cookie. Each connection
 * has its own cookie key, so a cookie is not valid on another connection.
 */
export class CurveServer implements Mechanism {
  readonly name = "CURVE"
  readonly asServer = true
  peer: Metadata = new Map()
  peerKey: Frame | undefined
  credentials: readonly Frame[] | undefined
  box: CurveBox | undefined
  readonly #crypto: CurveCrypto
  readonly #turns = new Turns("server")
  readonly #counter = new Counter()
  readonly #sequence = new Sequence()
  /** The peer's transient key, kept only from HELLO to WELCOME. */
  #clientTransient: Uint8Array | undefined
  /** Shared key of the peer's transient key and our permanent key, kept only from HELLO to WELCOME. */
  #helloKey: Uint8Array | undefined
  /** Key of this connection's cookie. */
  #cookieKey: Uint8Array | undefined
  #cookieMade = 0
  /** Shared key of the two transient keys. */
  #key: Uint8Array | undefined

  /** @throws RangeError if a key is not 32 bytes long. */
  constructor(
    private readonly metadata: Uint8Array,
    private readonly security: Pick<CurveServerSecurity, "secretKey" | "authenticates" | "crypto">,
  ) {
    this.#crypto = security.crypto
    checkLengths({ secretKey: security.secretKey })
  }

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
    return command === "WELCOME" ? this.#welcome() : this.#becomeReady()
  }

  consume(body: Uint8Array): void {
    const data = this.#turns.dataOf(body)
    if (this.#turns.toReceive === "HELLO") this.#hello(data)
    else this.#initiate(data)
    this.#turns.next()
  }

  dispose(): void {
    this.box?.dispose()
    for (const secret of [this.#helloKey, this.#cookieKey, this.#key]) if (secret) this.#crypto.wipe(secret)
  }

  #hello(data: Uint8Array): void {
    if (data.length !== HELLO_SIZE || data[0] !== 1 || data[1] !== 0) {
      throw new ProtocolError(
        "ERR_ZMTP_MALFORMED_COMMAND_HELLO",
        `Malformed HELLO command: ${data.length} bytes, or an unsupported version`,
      )
    }
    const transient = copy(data.subarray(74, 106))
    const short = data.subarray(106, 114)
    this.#helloKey = sharedKey(this.#crypto, transient, this.security.secretKey, true)
    const plain =
      this.#helloKey && this.#crypto.open(data.subarray(114), nonceOf("CurveZMQHELLO---", short), this.#helloKey)
    if (plain === undefined) throw forged("HELLO")
    this.#sequence.check(short)
    this.#clientTransient = transient
  }

  #welcome(): Uint8Array {
    const transient = this.#crypto.keyPair()
    this.#cookieKey = this.#crypto.random(32)
    this.#cookieMade = performance.now()
    const cookieNonce = this.#crypto.random(16)
    const secrets = concat([this.#clientTransient!, transient.secretKey], 64)
    const cookie = this.#crypto.seal(secrets, nonceOf("COOKIE--", cookieNonce), this.#cookieKey)
    this.#crypto.wipe(secrets)
    this.#crypto.wipe(transient.secretKey)
    const nonce = this.#crypto.random(16)
    const plain = concat([transient.publicKey, cookieNonce, cookie], 32 + COOKIE_SIZE)
    const welcome = this.#crypto.seal(plain, nonceOf("WELCOME-", nonce), this.#helloKey!)
    this.#crypto.wipe(this.#helloKey!)
    this.#helloKey = this.#clientTransient = undefined
    return encodeCommand("WELCOME", nonce, welcome)
  }

  #initiate(data: Uint8Array): void {
    if (data.length < SMALLEST_INITIATE) {
      throw new ProtocolError("ERR_ZMTP_MALFORMED_COMMAND_INITIATE", "Truncated INITIATE command")
    }
    const secrets = this.#openCookie(data.subarray(0, COOKIE_SIZE))
    try {
      this.#checkInitiate(data.subarray(COOKIE_SIZE), secrets.subarray(0, 32), secrets.subarray(32))
    } finally {
      this.#crypto.wipe(secrets)
    }
  }

  /** Returns the peer's transient public key and our transient secret key, which are stored only in the cookie. */
  #openCookie(cookie: Uint8Array): Uint8Array {
    const key = this.#cookieKey!
    // A cookie is valid once, for a limited time.
    this.#cookieKey = undefined
    const secrets = this.#crypto.open(cookie.subarray(16), nonceOf("COOKIE--", cookie.subarray(0, 16)), key)
    this.#crypto.wipe(key)
    if (secrets === undefined) throw forged("Cookie")
    if (performance.now() - this.#cookieMade > COOKIE_LIFETIME) {
      this.#crypto.wipe(secrets)
      throw new ProtocolError("ERR_ZMTP_CRYPTOGRAPHIC", "Expired cookie")
    }
    return secrets
  }

  #checkInitiate(data: Uint8Array, clientTransient: Uint8Array, ownSecret: Uint8Array): void {
    const short = data.subarray(0, 8)
    this.#key = sharedKey(this.#crypto, clientTransient, ownSecret)
    const plain = this.#key && this.#crypto.open(data.subarray(8), nonceOf("CurveZMQINITIATE", short), this.#key)
    if (plain === undefined) throw forged("INITIATE")
    this.#sequence.check(short)
    const client = ownCopy(plain.subarray(0, 32))
    this.#checkVouch(client, plain.subarray(32, 128), clientTransient, ownSecret)
    this.peer = parseMetadata(plain.subarray(128))
    this.peerKey = client
    if (this.security.authenticates) this.credentials = [client]
  }

  /**
   * Checks the vouch, which proves that the owner of the permanent key also owns the transient key and meant to connect
   * to this server.
   */
  #checkVouch(client: Uint8Array, vouch: Uint8Array, clientTransient: Uint8Array, ownSecret: Uint8Array): void {
    const key = sharedKey(this.#crypto, client, ownSecret)
    const vouched = key && this.#crypto.open(vouch.subarray(16), nonceOf("VOUCH---", vouch.subarray(0, 16)), key)
    if (key !== undefined) this.#crypto.wipe(key)
    if (vouched === undefined) throw forged("Vouch")
    const own = publicKeyOf(this.#crypto, this.security.secretKey)
    if (
      !this.#crypto.equal(vouched.subarray(0, 32), clientTransient) ||
      !this.#crypto.equal(vouched.subarray(32), own)
    ) {
      throw new ProtocolError("ERR_ZMTP_KEY_EXCHANGE", "Vouch does not match the keys of this connection")
    }
  }

  #becomeReady(): Uint8Array {
    const short = this.#counter.next()
    this.box = new CurveBox(this.#crypto, this.#key!, "S", this.#counter, this.#sequence)
    return encodeCommand(
      "READY",
      short,
      this.#crypto.seal(this.metadata, nonceOf("CurveZMQREADY---", short), this.#key!),
    )
  }
}

/** Public keys of this process's servers by secret key, since all connections of an endpoint need the same one. */
const publicKeys = /* @__PURE__ */ new WeakMap<Uint8Array, Uint8Array>()

function publicKeyOf(crypto: CurveCrypto, secretKey: Uint8Array): Uint8Array {
  const known = publicKeys.get(secretKey)
  if (known !== undefined) return known
  const found = crypto.publicKey(secretKey)
  publicKeys.set(secretKey, found)
  return found
}

function forged(what: string): ProtocolError {
  return new ProtocolError("ERR_ZMTP_CRYPTOGRAPHIC", `${what} cannot be decrypted`)
}
