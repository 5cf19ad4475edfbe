import { expect } from "chai"
import nacl from "tweetnacl"
import { curvePublicKey, decodeZ85, encodeZ85, Pull, Push, type Socket } from "../../src/index.js"
import { closing } from "../support/closing.js"
import { bodies, command, CurvePeerClient, CurvePeerServer, frame, greeting, metadata } from "../support/curve-peer.js"
import { hex } from "../support/cuts.js"
import type { Loopback } from "../support/loopback.js"
import { LoopTransport } from "../support/loop-transport.js"
import { settle } from "../support/settle.js"

const server = nacl.box.keyPair()
const known = nacl.box.keyPair()
const GREETING = greeting("CURVE")
const ZEROS = new Uint8Array(32)
/** Points of small order: the result of every key exchange with them is zero, whatever the secret key. */
const LOW_ORDER = [
  ZEROS,
  hex(`01${"00".repeat(31)}`),
  hex("e0eb7a7c3b41b8ae1656e3faf19fc46ada098deb9c32b1fd866205165f49b800"),
  hex("5f9c95bca3508c24b1d0b1559c83ef5b04445cc4581c8e86d8224eddd09f1157"),
  hex(`ec${"ff".repeat(30)}7f`),
  hex(`ed${"ff".repeat(30)}7f`),
  hex(`ee${"ff".repeat(30)}7f`),
].map((point) => new Uint8Array(point))

/** A non-canonical encoding of the same public key: X25519 ignores the top bit (RFC 7748, section 5). */
function respelled(key: Uint8Array): Uint8Array {
  const other = new Uint8Array(key)
  other[31]! |= 0x80
  return other
}

/** Records the handshake and connection events of `socket` from now on. */
function record(socket: Socket): string[] {
  const told: string[] = []
  socket.events.on("handshake", ({ type }) => told.push(type))
  socket.events.on("disconnect", ({ type }) => told.push(type))
  socket.events.on("handshake:error:protocol", ({ error }) => told.push(error.code))
  socket.events.on("handshake:error:auth", ({ error }) => told.push(`auth ${error.status}`))
  socket.events.on("handshake:error:other", () => told.push("other"))
  return told
}

/** A connection to the socket under test, controlled by a dishonest peer. */
class Talk {
  constructor(readonly stream: Loopback) {}

  /** Sends each command in its own frame, and returns the bodies of the answers. */
  async say(...commands: Uint8Array[]): Promise<Buffer[]> {
    return this.raw(...commands.map((body) => frame(body)))
  }

  async message(...messages: Uint8Array[]): Promise<Buffer[]> {
    return this.raw(...messages.map((body) => frame(body, 0)))
  }

  /** Sends `bytes`, and returns the bodies of the frames in the answer. */
  async raw(...bytes: Uint8Array[]): Promise<Buffer[]> {
    for (const piece of bytes) if (this.stream.state === "open") this.stream.say(piece)
    await settle()
    return bodies(this.stream.take())
  }

  async greet(bytes = GREETING): Promise<void> {
    this.stream.say(bytes)
    await settle()
    this.stream.take()
  }
}

describe("a CURVE server, with dishonest peers", () => {
  const close = closing()
  let loop: LoopTransport
  let pull: Pull
  let told: string[]

  beforeEach(async () => {
    loop = close(new LoopTransport())
    pull = close(new Pull({ curveServer: true, curveSecretKey: encodeZ85(server.secretKey) }))
    told = record(pull)
    await pull.bind("loop://server")
  })

  const join = (): Talk => new Talk(loop.join("server"))

  /** A client that has completed its handshake. */
  async function completeHandshake(type = "PUSH"): Promise<[CurvePeerClient, Talk]> {
    const talk = join()
    const client = new CurvePeerClient(server.publicKey, known)
    await talk.greet()
    client.takeWelcome((await talk.say(client.hello()))[0]!)
    client.takeReady((await talk.say(client.initiate(type)))[0]!)
    return [client, talk]
  }

  /** A client that has received its WELCOME. */
  async function receiveWelcome(): Promise<[CurvePeerClient, Talk]> {
    const talk = join()
    const client = new CurvePeerClient(server.publicKey, known)
    await talk.greet()
    return [client.takeWelcome((await talk.say(client.hello()))[0]!), talk]
  }

  /** The received messages as text. */
  const received = (): string[] => {
    const all: string[] = []
    for (let message = pull.tryReceive(); message !== undefined; message = pull.tryReceive()) all.push(message.join())
    return all
  }

  /** Checks that the connection was closed for this reason, and that no message was received over it. */
  function expectRefused(talk: Talk, code: string): void {
    expect(told).to.deep.equal([code, "disconnect"])
    expect(talk.stream.state).to.equal("destroyed")
    expect(received()).to.be.empty
  }

  it("accepts an honest peer, and receives from it", async () => {
    const [client, talk] = await completeHandshake()
    await talk.message(client.message(1, Buffer.from("a")), client.message(0, Buffer.from("b")))
    expect(told).to.deep.equal(["handshake"])
    expect(received()).to.deep.equal(["a,b"])
  })

  it("encrypts what it sends, for that client only", async () => {
    const push = close(new Push({ curveServer: true, curveSecretKey: encodeZ85(server.secretKey) }))
    await push.bind("loop://push")
    expect(push.trySend("secret")).to.equal(false)
    const talk = new Talk(loop.join("push"))
    const client = new CurvePeerClient(server.publicKey, known)
    await talk.greet()
    client.takeWelcome((await talk.say(client.hello()))[0]!)
    expect(push.trySend("secret")).to.equal(false)
    client.takeReady((await talk.say(client.initiate("PULL")))[0]!)
    expect(push.trySend("secret")).to.equal(true)
    await settle()
    const sent = talk.stream.take()
    expect(sent.includes("secret")).to.equal(false)
    expect(client.open(bodies(sent)[0]!).toString()).to.equal("\0secret")
  })

  describe("greetings", () => {
    const changed = (at: number, ...bytes: number[]): Buffer => {
      const copy = Buffer.from(GREETING)
      copy.set(bytes, at)
      return copy
    }

    for (const [what, bytes, code] of [
      ["NULL", greeting("NULL"), "ERR_ZMTP_MECHANISM_MISMATCH"],
      ["PLAIN", greeting("PLAIN"), "ERR_ZMTP_MECHANISM_MISMATCH"],
      ["PLAIN as a server", greeting("PLAIN", true), "ERR_ZMTP_MECHANISM_MISMATCH"],
      ["a longer name", greeting("CURVEX"), "ERR_ZMTP_MECHANISM_MISMATCH"],
      ["a shorter name", greeting("CURV"), "ERR_ZMTP_MECHANISM_MISMATCH"],
      ["lower case", greeting("curve"), "ERR_ZMTP_MECHANISM_MISMATCH"],
      ["no mechanism", greeting(""), "ERR_ZMTP_MECHANISM_MISMATCH"],
      ["data in the padding of the name", changed(31, 1), "ERR_ZMTP_MECHANISM_MISMATCH"],
      ["a second name in the padding", changed(18, 0x4e, 0x55, 0x4c, 0x4c), "ERR_ZMTP_MECHANISM_MISMATCH"],
      ["version 1.0", changed(10, 0), "ERR_ZMTP_UNSPECIFIED"],
      ["version 2.0", changed(10, 1), "ERR_ZMTP_UNSPECIFIED"],
      ["no version", hex("0101"), "ERR_ZMTP_UNSPECIFIED"],
      ["no version, behind a signature", hex("ff00000000000000017e"), "ERR_ZMTP_UNSPECIFIED"],
      ["NULL of ZMTP 3.0", Buffer.from(greeting("NULL").fill(0, 11, 12)), "ERR_ZMTP_MECHANISM_MISMATCH"],
    ] as const) {
      it(`are rejected: ${what}`, async () => {
        const talk = join()
        await talk.raw(bytes)
        expectRefused(talk, code)
      })
    }

    it("ignore the as-server bit and later minor versions", async () => {
      for (const bytes of [greeting("CURVE", true), changed(11, 0), changed(10, 9, 9), changed(33, 1, 2, 3)]) {
        const talk = join()
        const client = new CurvePeerClient(server.publicKey, known)
        await talk.greet(bytes)
        client.takeWelcome((await talk.say(client.hello()))[0]!)
        client.takeReady((await talk.say(client.initiate("PUSH")))[0]!)
        await talk.message(client.message(0, Buffer.from("in")))
      }
      expect(received()).to.deep.equal(["in", "in", "in", "in"])
    })
  })

  describe("instead of HELLO", () => {
    const client = new CurvePeerClient(server.publicKey, known)
    const hello = client.hello()
    for (const [what, body, code] of [
      ["READY of NULL", command("READY", metadata("PUSH")), "ERR_ZMTP_UNEXPECTED_COMMAND"],
      ["HELLO of PLAIN", command("HELLO", hex("0161 0162")), "ERR_ZMTP_MALFORMED_COMMAND_HELLO"],
      ["INITIATE", command("INITIATE", Buffer.alloc(300)), "ERR_ZMTP_UNEXPECTED_COMMAND"],
      ["WELCOME", command("WELCOME", Buffer.alloc(160)), "ERR_ZMTP_UNEXPECTED_COMMAND"],
      ["MESSAGE", command("MESSAGE", Buffer.alloc(40)), "ERR_ZMTP_UNEXPECTED_COMMAND"],
      ["PING", command("PING", Buffer.alloc(2)), "ERR_ZMTP_UNEXPECTED_COMMAND"],
      ["SUBSCRIBE", command("SUBSCRIBE"), "ERR_ZMTP_UNEXPECTED_COMMAND"],
      ["nothing", Buffer.alloc(0), "ERR_ZMTP_UNEXPECTED_COMMAND"],
      ["a truncated ERROR", command("ERROR", Buffer.of(9)), "ERR_ZMTP_MALFORMED_COMMAND_ERROR"],
      ["a short HELLO", hello.subarray(0, -1), "ERR_ZMTP_MALFORMED_COMMAND_HELLO"],
      ["a long HELLO", Buffer.concat([hello, Buffer.of(0)]), "ERR_ZMTP_MALFORMED_COMMAND_HELLO"],
      ["another version", client.hello({ version: Buffer.of(2, 0) }), "ERR_ZMTP_MALFORMED_COMMAND_HELLO"],
      ["another minor version", client.hello({ version: Buffer.of(1, 1) }), "ERR_ZMTP_MALFORMED_COMMAND_HELLO"],
      ["the key of another client", client.hello({ transientShown: known.publicKey }), "ERR_ZMTP_CRYPTOGRAPHIC"],
      ["nonce zero", client.hello({ helloNonce: 0 }), "ERR_ZMTP_INVALID_SEQUENCE"],
      ["another server's key", new CurvePeerClient(known.publicKey, known).hello(), "ERR_ZMTP_CRYPTOGRAPHIC"],
    ] as const) {
      it(`rejects ${what}`, async () => {
        const talk = join()
        await talk.greet()
        expect(await talk.say(body)).to.be.empty
        expectRefused(talk, code)
      })
    }

    it("rejects a non-canonical transient key", async () => {
      const talk = join()
      const liar = new CurvePeerClient(server.publicKey, known)
      await talk.greet()
      expect(await talk.say(liar.hello({ transientShown: respelled(liar.transient.publicKey) }))).to.be.empty
      expectRefused(talk, "ERR_ZMTP_CRYPTOGRAPHIC")
    })

    it("rejects transient keys of small order", async () => {
      for (const point of LOW_ORDER) {
        told.length = 0
        const talk = join()
        const liar = new CurvePeerClient(server.publicKey, known, { publicKey: point, secretKey: ZEROS }, smallKey())
        await talk.greet()
        await talk.say(liar.hello())
        expectRefused(talk, "ERR_ZMTP_CRYPTOGRAPHIC")
      }
    })
  })

  describe("instead of INITIATE", () => {
    const attacks: [string, (client: CurvePeerClient) => Buffer | Promise<Buffer>, string][] = [
      ["HELLO again", (client) => client.hello({ helloNonce: 2 }), "ERR_ZMTP_UNEXPECTED_COMMAND"],
      ["a premature MESSAGE", (client) => client.message(0, Buffer.from("x")), "ERR_ZMTP_UNEXPECTED_COMMAND"],
      ["READY of NULL", () => command("READY", metadata("PUSH")), "ERR_ZMTP_UNEXPECTED_COMMAND"],
      ["INITIATE of PLAIN", () => command("INITIATE", metadata("PUSH")), "ERR_ZMTP_MALFORMED_COMMAND_INITIATE"],
      ["PING", () => command("PING", Buffer.alloc(2)), "ERR_ZMTP_UNEXPECTED_COMMAND"],
      ["a cut", (client) => client.initiate("PUSH").subarray(0, 256), "ERR_ZMTP_MALFORMED_COMMAND_INITIATE"],
      ["an extension", (client) => Buffer.concat([client.initiate("PUSH"), Buffer.of(0)]), "ERR_ZMTP_CRYPTOGRAPHIC"],
      ["a forged cookie", (client) => client.initiate("PUSH", { cookie: Buffer.alloc(96) }), "ERR_ZMTP_CRYPTOGRAPHIC"],
      [
        "the cookie of another connection",
        async (client) => client.initiate("PUSH", { cookie: (await receiveWelcome())[0].cookie }),
        "ERR_ZMTP_CRYPTOGRAPHIC",
      ],
      [
        "the INITIATE of another connection",
        async () => (await receiveWelcome())[0].initiate("PUSH"),
        "ERR_ZMTP_CRYPTOGRAPHIC",
      ],
      ["the nonce of HELLO", (client) => client.initiate("PUSH", { initiateNonce: 1 }), "ERR_ZMTP_INVALID_SEQUENCE"],
      [
        "a permanent key whose secret it does not have",
        (client) => client.initiate("PUSH", { permanentShown: nacl.box.keyPair().publicKey }),
        "ERR_ZMTP_CRYPTOGRAPHIC",
      ],
      [
        "a vouch for another transient key",
        (client) => client.initiate("PUSH", { vouchedTransient: known.publicKey }),
        "ERR_ZMTP_KEY_EXCHANGE",
      ],
      [
        "a vouch for another server",
        (client) => client.initiate("PUSH", { vouchedServer: known.publicKey }),
        "ERR_ZMTP_KEY_EXCHANGE",
      ],
      [
        "a vouch without a server",
        (client) => client.initiate("PUSH", { vouchedServer: ZEROS }),
        "ERR_ZMTP_KEY_EXCHANGE",
      ],
      ["malformed metadata", (client) => client.initiate("PUSH", { metadata: hex("ff") }), "ERR_ZMTP_INVALID_METADATA"],
      [
        "too many properties",
        (client) =>
          client.initiate("PUSH", {
            metadata: metadata("PUSH", ...Array.from({ length: 64 }, (_, index) => [`X-${index}`, ZEROS] as never)),
          }),
        "ERR_ZMTP_INVALID_METADATA",
      ],
      [
        "a command over 64 KiB",
        (client) => client.initiate("PUSH", { metadata: metadata("PUSH", ["X-Large", new Uint8Array(65_536)]) }),
        "ERR_ZMTP_UNSPECIFIED",
      ],
      ["an incompatible socket type", (client) => client.initiate("PULL"), "ERR_ZMTP_INVALID_METADATA"],
    ]
    for (const [what, lie, code] of attacks) {
      it(`rejects ${what}`, async () => {
        const [client, talk] = await receiveWelcome()
        const body = await lie(client)
        await talk.say(body)
        // No message is accepted, even if the client continues as after a successful handshake.
        await talk.message(client.message(0, Buffer.from("x")))
        expectRefused(talk, code)
      })
    }

    it("rejects permanent keys of small order", async () => {
      for (const point of LOW_ORDER) {
        told.length = 0
        const [client, talk] = await receiveWelcome()
        await talk.say(client.initiate("PUSH", { permanentShown: point, vouchKey: smallKey() }))
        expectRefused(talk, "ERR_ZMTP_CRYPTOGRAPHIC")
      }
    })

    it("rejects a non-canonical permanent key, so that no deny list can be evaded", async () => {
      const asked: string[] = []
      const denied = [encodeZ85(known.publicKey)]
      pull.authenticate = ({ publicKey }) => {
        asked.push(encodeZ85(publicKey!))
        return !denied.includes(encodeZ85(publicKey!))
      }
      const [client, talk] = await receiveWelcome()
      await talk.say(client.initiate("PUSH", { permanentShown: respelled(known.publicKey) }))
      await talk.message(client.message(0, Buffer.from("x")))
      expectRefused(talk, "ERR_ZMTP_CRYPTOGRAPHIC")
      expect(asked).to.be.empty
    })

    it("rejects a permanent key that was not accepted by the authenticator, even with a valid vouch", async () => {
      pull.authenticate = ({ publicKey }) => encodeZ85(publicKey!) === encodeZ85(known.publicKey)
      const stranger = new CurvePeerClient(server.publicKey)
      const talk = join()
      await talk.greet()
      stranger.takeWelcome((await talk.say(stranger.hello()))[0]!)
      const answer = await talk.say(stranger.initiate("PUSH"), frame(stranger.message(0, Buffer.from("x")), 0))
      expect(answer.join()).to.equal("\x05ERROR\x03400")
      expect(told).to.deep.equal(["auth 400", "disconnect"])
      expect(received()).to.be.empty
    })

    it("receives no message before the peer is authenticated, nor after a refusal", async () => {
      let judge!: (verdict: boolean) => void
      pull.authenticate = () => new Promise((resolve) => (judge = resolve))
      for (const verdict of [false, true]) {
        const [client, talk] = await receiveWelcome()
        await talk.say(client.initiate("PUSH"))
        await talk.message(client.message(0, Buffer.from("early")))
        expect(received()).to.be.empty
        judge(verdict)
        await settle()
        expect(received()).to.deep.equal(verdict ? ["early"] : [])
      }
      expect(told).to.deep.equal(["auth 400", "disconnect", "handshake"])
    })
  })

  describe("after the handshake", () => {
    const attacks: [string, (client: CurvePeerClient) => Buffer[]][] = [
      ["a plain frame", () => [frame(Buffer.from("plain"), 0)]],
      ["an empty frame", () => [frame(Buffer.alloc(0), 0)]],
      ["a plain PING", () => [frame(command("PING", Buffer.alloc(2)))]],
      ["a plain SUBSCRIBE", () => [frame(command("SUBSCRIBE"))]],
      ["a plain ERROR", () => [frame(command("ERROR", Buffer.of(0)))]],
      ["READY again", () => [frame(command("READY", metadata("PUSH")))]],
      ["INITIATE again", (client) => [frame(client.initiate("PUSH"))]],
      ["a truncated MESSAGE", (client) => [frame(client.message(0, Buffer.from("x")).subarray(0, 32), 0)]],
      ["a MESSAGE without its last byte", (client) => [frame(client.message(0, Buffer.from("xy")).subarray(0, -1), 0)]],
      [
        "a MESSAGE with an additional byte",
        (client) => [frame(Buffer.concat([client.message(0, ZEROS), Buffer.of(0)]), 0)],
      ],
      [
        "a MESSAGE with the server's nonce prefix",
        (client) => [frame(client.message(0, ZEROS, 9, "CurveZMQMESSAGES"), 0)],
      ],
      ["MESSAGE with the nonce of HELLO", (client) => [frame(client.message(0, ZEROS, 1), 0)]],
      ["MESSAGE with the nonce of INITIATE", (client) => [frame(client.message(0, ZEROS, 2), 0)]],
      ["MESSAGE with nonce zero", (client) => [frame(client.message(0, ZEROS, 0), 0)]],
      ["MESSAGE under another key", () => [frame(new CurvePeerClient(server.publicKey, known).message(0, ZEROS), 0)]],
      [
        "MESSAGE whose nonce was changed",
        (client) => {
          const message = client.message(0, ZEROS)
          message[15]! += 1
          return [frame(message, 0)]
        },
      ],
    ]
    for (const [what, lie] of attacks) {
      it(`ends on ${what}`, async () => {
        const [client, talk] = await completeHandshake()
        await talk.message(client.message(0, Buffer.from("true")))
        const lies = lie(client)
        expect(await talk.raw(...lies, frame(client.message(0, Buffer.from("after")), 0))).to.be.empty
        expect(talk.stream.state).to.equal("destroyed")
        expect(told).to.deep.equal(["handshake", "disconnect"])
        expect(received()).to.deep.equal(["true"])
      })
    }

    for (const [what, order, expected] of [
      ["a repeated message", [0, 0], ["0"]],
      ["two messages in the wrong order", [1, 0], ["1"]],
      ["an old message", [0, 1, 2, 0], ["0", "1", "2"]],
    ] as const) {
      it(`ends on ${what}`, async () => {
        const [client, talk] = await completeHandshake()
        const messages = [0, 1, 2].map((number) => client.message(0, Buffer.from(String(number))))
        await talk.message(...order.map((index) => messages[index]!))
        expect(talk.stream.state).to.equal("destroyed")
        expect(received()).to.deep.equal([...expected])
      })
    }

    it("receives nothing from another connection", async () => {
      const [client] = await completeHandshake()
      const [, talk] = await completeHandshake()
      await talk.message(client.message(0, Buffer.from("x")))
      expect(talk.stream.state).to.equal("destroyed")
      expect(received()).to.be.empty
    })

    it("uses the flags inside of the box, regardless of those outside", async () => {
      const [client, talk] = await completeHandshake()
      for (const flags of [0x01, 0x04, 0x05, 0xf8]) {
        await talk.raw(frame(client.message(0, Buffer.from(`flags ${flags}`)), flags))
      }
      await talk.message(client.message(0xfd, Buffer.from("a")), client.message(0xfc, Buffer.from("b")))
      expect(received()).to.deep.equal(["flags 1", "flags 4", "flags 5", "flags 248", "a,b"])
    })

    it("encrypts its answer to an encrypted PING, and answers nothing else", async () => {
      const [client, talk] = await completeHandshake()
      const [pong] = await talk.message(client.message(2, command("PING", Buffer.of(0, 0), Buffer.from("abc"))))
      expect(client.open(pong!).toString("latin1")).to.equal("\x02\x04PONGabc")
      expect(await talk.message(client.message(2, command("UNKNOWN")), client.message(2, Buffer.alloc(0)))).to.be.empty
      await talk.message(client.message(0, command("PING", Buffer.of(0, 0))))
      expect(received()).to.deep.equal(["\x04PING\0\0"])
    })
  })
})

describe("a CURVE client, with dishonest servers", () => {
  const close = closing()
  let loop: LoopTransport
  let push: Push
  let told: string[]

  /** Connects a client that has a message for its server. */
  async function dial(): Promise<[CurvePeerServer, Talk]> {
    loop = close(new LoopTransport())
    push = close(
      new Push({
        curveServerKey: encodeZ85(server.publicKey),
        curvePublicKey: encodeZ85(known.publicKey),
        curveSecretKey: encodeZ85(known.secretKey),
        reconnectInterval: -1,
      }),
    )
    told = record(push)
    push.connect("loop://server")
    await push.send("secret")
    while (loop.dialed.length === 0) await settle()
    await settle()
    return [new CurvePeerServer(server), new Talk(loop.dialed[0]!)]
  }

  /** The client's first command. */
  async function hello(talk: Talk): Promise<Buffer> {
    talk.stream.say(greeting("CURVE", true))
    await settle()
    return bodies(talk.stream.take().subarray(64))[0]!
  }

  /** The client's second command. */
  const initiate = async (talk: Talk, welcome: Buffer): Promise<Buffer[]> => talk.say(welcome)

  function expectSilence(talk: Talk, code: string, heard: readonly Buffer[]): void {
    expect(heard.some((body) => body.toString("latin1").startsWith("\x07MESSAGE"))).to.equal(false)
    expect(talk.stream.take()).to.have.length(0)
    expect(talk.stream.state).to.equal("destroyed")
    expect(told).to.deep.equal([code, "disconnect"])
  }

  it("completes the handshake with the owner of the server's key", async () => {
    const [peer, talk] = await dial()
    const welcome = peer.welcome(await hello(talk))
    peer.takeInitiate((await initiate(talk, welcome))[0]!)
    const [message] = await talk.say(peer.ready("PULL"))
    expect(peer.open(message!).toString()).to.equal("\0secret")
    expect(told).to.deep.equal(["handshake"])
  })

  for (const [what, bytes, code] of [
    ["NULL", greeting("NULL"), "ERR_ZMTP_MECHANISM_MISMATCH"],
    ["PLAIN", greeting("PLAIN", true), "ERR_ZMTP_MECHANISM_MISMATCH"],
    ["no version", hex("0100"), "ERR_ZMTP_UNSPECIFIED"],
    ["version 1.0", hex("ff00000000000000017f00"), "ERR_ZMTP_UNSPECIFIED"],
    ["version 2.0", hex("ff00000000000000017f01"), "ERR_ZMTP_UNSPECIFIED"],
  ] as const) {
    it(`sends nothing to a server of ${what}`, async () => {
      const [, talk] = await dial()
      talk.stream.say(bytes)
      await settle()
      expect(talk.stream.take().includes("HELLO")).to.equal(false)
      expectSilence(talk, code, [])
    })
  }

  const stranger = nacl.box.keyPair()
  for (const [what, answer, code] of [
    ["READY of NULL", () => command("READY", metadata("PULL")), "ERR_ZMTP_UNEXPECTED_COMMAND"],
    ["WELCOME of PLAIN", () => command("WELCOME"), "ERR_ZMTP_MALFORMED_COMMAND_WELCOME"],
    ["an early READY", (peer: CurvePeerServer) => peer.ready("PULL"), "ERR_ZMTP_UNEXPECTED_COMMAND"],
    [
      "WELCOME of the owner of another key",
      (peer: CurvePeerServer, hello: Buffer) =>
        peer.welcome(hello, { welcomeKey: nacl.box.before(peer.clientTransient, stranger.secretKey) }),
      "ERR_ZMTP_CRYPTOGRAPHIC",
    ],
    [
      "a truncated WELCOME",
      (peer: CurvePeerServer, hello: Buffer) => peer.welcome(hello).subarray(0, -1),
      "ERR_ZMTP_MALFORMED_COMMAND_WELCOME",
    ],
    [
      "a long WELCOME",
      (peer: CurvePeerServer, hello: Buffer) => Buffer.concat([peer.welcome(hello), Buffer.of(0)]),
      "ERR_ZMTP_MALFORMED_COMMAND_WELCOME",
    ],
    ["its own HELLO", (_: CurvePeerServer, hello: Buffer) => hello, "ERR_ZMTP_UNEXPECTED_COMMAND"],
    ["MESSAGE", () => command("MESSAGE", Buffer.alloc(40)), "ERR_ZMTP_UNEXPECTED_COMMAND"],
    ["PING", () => command("PING", Buffer.alloc(2)), "ERR_ZMTP_UNEXPECTED_COMMAND"],
  ] as const) {
    it(`stops sending to a server that answers HELLO with ${what}`, async () => {
      const [peer, talk] = await dial()
      expectSilence(talk, code, await initiate(talk, answer(peer, await hello(talk))))
    })
  }

  it("stops sending to a server with a non-canonical transient key", async () => {
    const [peer, talk] = await dial()
    const welcome = peer.welcome(await hello(talk), { transientShown: respelled(peer.transient.publicKey) })
    expectSilence(talk, "ERR_ZMTP_CRYPTOGRAPHIC", await initiate(talk, welcome))
  })

  it("stops sending to a server with a transient key of small order", async () => {
    for (const point of LOW_ORDER) {
      const [peer, talk] = await dial()
      const heard = await initiate(talk, peer.welcome(await hello(talk), { transientShown: point }))
      expectSilence(talk, "ERR_ZMTP_CRYPTOGRAPHIC", heard)
    }
  })

  for (const [what, answer, code] of [
    ["a forged READY", (peer: CurvePeerServer) => peer.ready("PULL", { readyKey: ZEROS }), "ERR_ZMTP_CRYPTOGRAPHIC"],
    ["a truncated READY", () => command("READY", Buffer.alloc(23)), "ERR_ZMTP_MALFORMED_COMMAND_READY"],
    ["a READY of NULL", () => command("READY", metadata("PULL")), "ERR_ZMTP_CRYPTOGRAPHIC"],
    ["nonce zero", (peer: CurvePeerServer) => peer.ready("PULL", { readyNonce: 0 }), "ERR_ZMTP_INVALID_SEQUENCE"],
    [
      "malformed metadata",
      (peer: CurvePeerServer) => peer.ready("PULL", { metadata: hex("ff") }),
      "ERR_ZMTP_INVALID_METADATA",
    ],
    ["the wrong socket type", (peer: CurvePeerServer) => peer.ready("PUB"), "ERR_ZMTP_INVALID_METADATA"],
    ["MESSAGE", (peer: CurvePeerServer) => peer.message(0, ZEROS), "ERR_ZMTP_UNEXPECTED_COMMAND"],
  ] as const) {
    it(`stops sending to a server that answers INITIATE with ${what}`, async () => {
      const [peer, talk] = await dial()
      await initiate(talk, peer.welcome(await hello(talk)))
      expectSilence(talk, code, await talk.say(answer(peer)))
    })
  }

  it("receives nothing from a server that repeats READY's nonce", async () => {
    const [peer, talk] = await dial()
    await initiate(talk, peer.welcome(await hello(talk)))
    await talk.say(peer.ready("PULL"))
    expect(told).to.deep.equal(["handshake"])
    await talk.message(peer.message(0, Buffer.from("x"), 1))
    expect(talk.stream.state).to.equal("destroyed")
  })
})

/** The shared key for a point of small order, from a library that does not check for them. */
function smallKey(): Uint8Array {
  return nacl.box.before(ZEROS, nacl.randomBytes(32))
}

describe("the independent implementation", () => {
  it("derives the same keys", () => {
    const secret = encodeZ85(known.secretKey)
    expect(decodeZ85(curvePublicKey(secret))).to.deep.equal(known.publicKey)
  })
})
