import nacl from "tweetnacl"

/**
 * Both sides of CURVE, an independent implementation of RFC 26 with tweetnacl, for dishonest peers: every part of a command
 * can be replaced. Commands are bodies without a frame.
 */
const bytes = (text: string): Buffer => Buffer.from(text, "latin1")

export function command(name: string, ...data: Uint8Array[]): Buffer {
  return Buffer.concat([Buffer.of(name.length), bytes(name), ...data])
}

/** `body` as a frame. Handshake commands have the flag COMMAND; messages have no flags. */
export function frame(body: Uint8Array, flags = 0x04): Buffer {
  if (body.length < 256) return Buffer.concat([Buffer.of(flags, body.length), body])
  const header = Buffer.alloc(9)
  header[0] = flags | 0x02
  header.writeUInt32BE(body.length, 5)
  return Buffer.concat([header, body])
}

/** The bodies of the frames in `stream`. */
export function bodies(stream: Buffer): Buffer[] {
  const found: Buffer[] = []
  for (let at = 0; at < stream.length;) {
    const long = (stream[at]! & 0x02) !== 0
    const size = long ? stream.readUInt32BE(at + 5) : stream[at + 1]!
    at += long ? 9 : 2
    found.push(stream.subarray(at, at + size))
    at += size
  }
  return found
}

/** A greeting for `mechanism`, like libzmq's. */
export function greeting(mechanism: string, asServer = false): Buffer {
  const whole = Buffer.alloc(64)
  whole[0] = 0xff
  whole[8] = 1
  whole[9] = 0x7f
  whole[10] = 3
  whole[11] = 1
  whole.write(mechanism, 12, "latin1")
  whole[32] = asServer ? 1 : 0
  return whole
}

/** The metadata of a socket of `type`, as in `READY` and `INITIATE`. */
export function metadata(type: string, ...more: [name: string, value: Uint8Array][]): Buffer {
  return Buffer.concat(
    [["Socket-Type", bytes(type)] as const, ["Identity", Buffer.alloc(0)] as const, ...more].map(([name, value]) => {
      const length = Buffer.alloc(4)
      length.writeUInt32BE(value.length)
      return Buffer.concat([Buffer.of(name.length), bytes(name), length, value])
    }),
  )
}

function nonce(prefix: string, rest: Uint8Array): Uint8Array {
  return new Uint8Array(Buffer.concat([bytes(prefix), rest]))
}

export function short(count: number): Buffer {
  const eight = Buffer.alloc(8)
  eight.writeBigUInt64BE(BigInt(count))
  return eight
}

function seal(plain: Uint8Array, prefix: string, rest: Uint8Array, key: Uint8Array): Uint8Array {
  return nacl.secretbox(new Uint8Array(plain), nonce(prefix, rest), key)
}

function open(box: Uint8Array, prefix: string, rest: Uint8Array, key: Uint8Array): Buffer {
  const plain = nacl.secretbox.open(new Uint8Array(box), nonce(prefix, rest), key)
  if (plain === null) throw new Error(`The other side has not sealed ${prefix}`)
  return Buffer.from(plain)
}

export type Keys = nacl.BoxKeyPair

/** Values that a client sends instead of the correct ones. */
export interface ClientLies {
  readonly version?: Uint8Array
  readonly padding?: Uint8Array
  readonly transientShown?: Uint8Array
  readonly signature?: Uint8Array
  readonly cookie?: Uint8Array
  readonly permanentShown?: Uint8Array
  readonly vouchedTransient?: Uint8Array
  readonly vouchedServer?: Uint8Array
  readonly vouchKey?: Uint8Array
  readonly metadata?: Uint8Array
  readonly helloNonce?: number
  readonly initiateNonce?: number
}

export class CurvePeerClient {
  cookie = Buffer.alloc(0)
  serverTransient = new Uint8Array(32)
  /** Key of the boxes that use the transient keys. */
  key: Uint8Array = new Uint8Array(32)
  count = 2
  readonly #helloKey: Uint8Array

  constructor(
    readonly serverKey: Uint8Array,
    readonly permanent: Keys = nacl.box.keyPair(),
    readonly transient: Keys = nacl.box.keyPair(),
    helloKey?: Uint8Array,
  ) {
    this.#helloKey = helloKey ?? nacl.box.before(serverKey, transient.secretKey)
  }

  hello(lies: ClientLies = {}): Buffer {
    const rest = short(lies.helloNonce ?? 1)
    return command(
      "HELLO",
      lies.version ?? Buffer.of(1, 0),
      lies.padding ?? Buffer.alloc(72),
      lies.transientShown ?? this.transient.publicKey,
      rest,
      seal(lies.signature ?? Buffer.alloc(64), "CurveZMQHELLO---", rest, this.#helloKey),
    )
  }

  takeWelcome(body: Buffer): this {
    const plain = open(body.subarray(24), "WELCOME-", body.subarray(8, 24), this.#helloKey)
    this.serverTransient = new Uint8Array(plain.subarray(0, 32))
    this.cookie = Buffer.from(plain.subarray(32))
    this.key = nacl.box.before(this.serverTransient, this.transient.secretKey)
    return this
  }

  initiate(type: string, lies: ClientLies = {}): Buffer {
    const vouchNonce = Buffer.from(nacl.randomBytes(16))
    const vouchKey = lies.vouchKey ?? nacl.box.before(this.serverTransient, this.permanent.secretKey)
    const vouched = Buffer.concat([
      lies.vouchedTransient ?? this.transient.publicKey,
      lies.vouchedServer ?? this.serverKey,
    ])
    const plain = Buffer.concat([
      lies.permanentShown ?? this.permanent.publicKey,
      vouchNonce,
      seal(vouched, "VOUCH---", vouchNonce, vouchKey),
      lies.metadata ?? metadata(type),
    ])
    const rest = short(lies.initiateNonce ?? 2)
    return command("INITIATE", lies.cookie ?? this.cookie, rest, seal(plain, "CurveZMQINITIATE", rest, this.key))
  }

  takeReady(body: Buffer): Buffer {
    return open(body.subarray(14), "CurveZMQREADY---", body.subarray(6, 14), this.key)
  }

  message(flags: number, body: Uint8Array, count = ++this.count, prefix = "CurveZMQMESSAGEC"): Buffer {
    const rest = short(count)
    return command("MESSAGE", rest, seal(Buffer.concat([Buffer.of(flags), body]), prefix, rest, this.key))
  }

  /** Flags and body of a MESSAGE. */
  open(body: Buffer): Buffer {
    return open(body.subarray(16), "CurveZMQMESSAGES", body.subarray(8, 16), this.key)
  }
}

/** Values that a server sends instead of the correct ones. */
export interface ServerLies {
  readonly transientShown?: Uint8Array
  readonly welcomeKey?: Uint8Array
  readonly metadata?: Uint8Array
  readonly readyKey?: Uint8Array
  readonly readyNonce?: number
}

export class CurvePeerServer {
  readonly transient = nacl.box.keyPair()
  key: Uint8Array = new Uint8Array(32)
  clientTransient = new Uint8Array(32)
  count = 1

  constructor(readonly permanent: Keys) {}

  welcome(hello: Buffer, lies: ServerLies = {}): Buffer {
    this.clientTransient = new Uint8Array(hello.subarray(80, 112))
    const helloKey = nacl.box.before(this.clientTransient, this.permanent.secretKey)
    open(hello.subarray(120), "CurveZMQHELLO---", hello.subarray(112, 120), helloKey)
    const rest = nacl.randomBytes(16)
    const plain = Buffer.concat([lies.transientShown ?? this.transient.publicKey, Buffer.alloc(96, 7)])
    this.key = nacl.box.before(this.clientTransient, this.transient.secretKey)
    return command("WELCOME", rest, seal(plain, "WELCOME-", rest, lies.welcomeKey ?? helloKey))
  }

  /** Checks an INITIATE, and returns the metadata of the client. */
  takeInitiate(body: Buffer): Buffer {
    const plain = open(body.subarray(113), "CurveZMQINITIATE", body.subarray(105, 113), this.key)
    const client = new Uint8Array(plain.subarray(0, 32))
    const vouchKey = nacl.box.before(client, this.transient.secretKey)
    const vouched = open(plain.subarray(48, 128), "VOUCH---", plain.subarray(32, 48), vouchKey)
    if (!vouched.subarray(0, 32).equals(this.clientTransient)) throw new Error("Vouch is for another key")
    if (!vouched.subarray(32).equals(this.permanent.publicKey)) throw new Error("Vouch is for another server")
    return plain.subarray(128)
  }

  ready(type: string, lies: ServerLies = {}): Buffer {
    const rest = short(lies.readyNonce ?? 1)
    const key = lies.readyKey ?? this.key
    return command("READY", rest, seal(lies.metadata ?? metadata(type), "CurveZMQREADY---", rest, key))
  }

  message(flags: number, body: Uint8Array, count = ++this.count, prefix = "CurveZMQMESSAGES"): Buffer {
    const rest = short(count)
    return command("MESSAGE", rest, seal(Buffer.concat([Buffer.of(flags), body]), prefix, rest, this.key))
  }

  open(body: Buffer): Buffer {
    return open(body.subarray(16), "CurveZMQMESSAGEC", body.subarray(8, 16), this.key)
  }
}
