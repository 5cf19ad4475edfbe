import { expect } from "chai"
import { Pull, Push, type Socket } from "../../src/index.js"
import { closing } from "../support/closing.js"
import { bodies, command, frame, greeting, metadata } from "../support/curve-peer.js"
import { hex } from "../support/cuts.js"
import type { Loopback } from "../support/loopback.js"
import { LoopTransport } from "../support/loop-transport.js"
import { settle } from "../support/settle.js"

function record(socket: Socket): string[] {
  const told: string[] = []
  socket.events.on("handshake", ({ type }) => told.push(type))
  socket.events.on("disconnect", ({ type }) => told.push(type))
  socket.events.on("handshake:error:protocol", ({ error }) => told.push(error.code))
  socket.events.on("handshake:error:auth", ({ error }) => told.push(`auth ${error.status}`))
  socket.events.on("handshake:error:other", () => told.push("other"))
  return told
}

/** Sends `pieces` one after another while the stream is open, and returns the commands in the answer. */
async function say(stream: Loopback, ...pieces: Uint8Array[]): Promise<string[]> {
  for (const piece of pieces) {
    if (stream.state === "open") stream.say(piece)
    await settle()
  }
  const answer = stream.take()
  const commands = answer[0] === 0xff ? answer.subarray(64) : answer
  return bodies(commands).map((body) => body.toString("latin1").slice(1, 1 + (body[0] ?? 0)))
}

const HELLO = frame(command("HELLO", Buffer.from("\x05admin\x06secret")))
const INITIATE = frame(command("INITIATE", metadata("PUSH")))
const READY = frame(command("READY", metadata("PUSH")))
const MESSAGE = frame(Buffer.from("x"), 0)

describe("a PLAIN server, with dishonest peers", () => {
  const close = closing()
  let loop: LoopTransport
  let pull: Pull
  let told: string[]

  beforeEach(async () => {
    loop = close(new LoopTransport())
    pull = close(new Pull({ plainServer: true }))
    pull.authenticate = ({ username, password }) => username === "admin" && password === "secret"
    told = record(pull)
    await pull.bind("loop://server")
  })

  it("accepts a peer that knows the password", async () => {
    const heard = await say(loop.join("server"), greeting("PLAIN"), HELLO, INITIATE, MESSAGE)
    expect(heard).to.deep.equal(["WELCOME", "READY"])
    expect(told).to.deep.equal(["handshake"])
    expect(pull.tryReceive()?.join()).to.equal("x")
  })

  const hello = (data: string): Buffer => frame(command("HELLO", Buffer.from(data, "latin1")))
  for (const [what, said, code] of [
    ["a greeting of NULL", [greeting("NULL"), READY], "ERR_ZMTP_MECHANISM_MISMATCH"],
    ["a greeting of CURVE", [greeting("CURVE")], "ERR_ZMTP_MECHANISM_MISMATCH"],
    ["no greeting", [hex("0100")], "ERR_ZMTP_UNSPECIFIED"],
    ["a greeting of 2.0", [hex("ff00000000000000017f01")], "ERR_ZMTP_UNSPECIFIED"],
    ["READY as the first command", [greeting("PLAIN"), READY], "ERR_ZMTP_UNEXPECTED_COMMAND"],
    ["INITIATE as the first command", [greeting("PLAIN"), INITIATE], "ERR_ZMTP_UNEXPECTED_COMMAND"],
    ["a message before the handshake", [greeting("PLAIN"), MESSAGE], "ERR_ZMTP_UNEXPECTED_COMMAND"],
    ["WELCOME", [greeting("PLAIN"), frame(command("WELCOME"))], "ERR_ZMTP_UNEXPECTED_COMMAND"],
    ["an empty HELLO", [greeting("PLAIN"), hello("")], "ERR_ZMTP_MALFORMED_COMMAND_HELLO"],
    ["HELLO without a password", [greeting("PLAIN"), hello("\x05admin")], "ERR_ZMTP_MALFORMED_COMMAND_HELLO"],
    ["a truncated name", [greeting("PLAIN"), hello("\x09admin")], "ERR_ZMTP_MALFORMED_COMMAND_HELLO"],
    ["a truncated password", [greeting("PLAIN"), hello("\x05admin\x07secret")], "ERR_ZMTP_MALFORMED_COMMAND_HELLO"],
    [
      "an additional byte after the password",
      [greeting("PLAIN"), hello("\x05admin\x05secret")],
      "ERR_ZMTP_MALFORMED_COMMAND_HELLO",
    ],
    ["HELLO twice", [greeting("PLAIN"), HELLO, HELLO], "ERR_ZMTP_UNEXPECTED_COMMAND"],
    ["READY after HELLO", [greeting("PLAIN"), HELLO, READY], "ERR_ZMTP_UNEXPECTED_COMMAND"],
    ["a message after HELLO", [greeting("PLAIN"), HELLO, MESSAGE], "ERR_ZMTP_UNEXPECTED_COMMAND"],
    [
      "malformed metadata",
      [greeting("PLAIN"), HELLO, frame(command("INITIATE", hex("ff")))],
      "ERR_ZMTP_INVALID_METADATA",
    ],
    ["a wrong password", [greeting("PLAIN"), hello("\x05admin\x06SECRET")], "auth 400"],
    ["a longer password", [greeting("PLAIN"), hello("\x05admin\x07secret\0")], "auth 400"],
    ["neither name nor password", [greeting("PLAIN"), hello("\0\0")], "auth 400"],
  ] as const) {
    it(`rejects ${what}`, async () => {
      const stream = loop.join("server")
      const heard = await say(stream, ...said, INITIATE, MESSAGE)
      expect(heard).to.not.include("READY")
      expect(told).to.deep.equal([code, "disconnect"])
      expect(stream.state).to.not.equal("open")
      expect(pull.tryReceive()).to.equal(undefined)
    })
  }

  it("receives nothing that was sent together with a wrong password", async () => {
    const stream = loop.join("server")
    await say(stream, Buffer.concat([greeting("PLAIN"), hello("\x05admin\x05wrong"), INITIATE, MESSAGE]))
    expect(told).to.deep.equal(["auth 400", "disconnect"])
    expect(pull.tryReceive()).to.equal(undefined)
  })
})

describe("a PLAIN client, with dishonest servers", () => {
  const close = closing()

  async function dial(): Promise<[Loopback, string[]]> {
    const loop = close(new LoopTransport())
    const push = close(new Push({ plainUsername: "admin", plainPassword: "secret", reconnectInterval: -1 }))
    const told = record(push)
    push.connect("loop://server")
    await push.send("message")
    await settle()
    return [loop.dialed[0]!, told]
  }

  it("sends its password to a PLAIN server, and then its message", async () => {
    const [stream, told] = await dial()
    const ready = frame(command("READY", metadata("PULL")))
    expect(await say(stream, greeting("PLAIN", true))).to.deep.equal(["HELLO"])
    await say(stream, frame(command("WELCOME")))
    stream.say(ready)
    await settle()
    expect(stream.take().includes("message")).to.equal(true)
    expect(told).to.deep.equal(["handshake"])
  })

  for (const [what, said, code] of [
    ["NULL", [greeting("NULL")], "ERR_ZMTP_MECHANISM_MISMATCH"],
    ["CURVE", [greeting("CURVE", true)], "ERR_ZMTP_MECHANISM_MISMATCH"],
    ["2.0", [hex("ff00000000000000017f01")], "ERR_ZMTP_UNSPECIFIED"],
  ] as const) {
    it(`does not send its password to a server of ${what}`, async () => {
      const [stream, told] = await dial()
      for (const piece of said) stream.say(piece)
      await settle()
      expect(stream.take().includes("secret")).to.equal(false)
      expect(told).to.deep.equal([code, "disconnect"])
    })
  }

  for (const [what, said, code] of [
    ["READY as the first command", [READY], "ERR_ZMTP_UNEXPECTED_COMMAND"],
    ["HELLO", [HELLO], "ERR_ZMTP_UNEXPECTED_COMMAND"],
    [
      "Malformed WELCOME command: unexpected data",
      [frame(command("WELCOME", Buffer.of(0)))],
      "ERR_ZMTP_MALFORMED_COMMAND_WELCOME",
    ],
    ["WELCOME twice", [frame(command("WELCOME")), frame(command("WELCOME"))], "ERR_ZMTP_UNEXPECTED_COMMAND"],
    ["a message", [MESSAGE], "ERR_ZMTP_UNEXPECTED_COMMAND"],
    ["ERROR", [frame(command("ERROR", Buffer.from("\x03400")))], "auth 400"],
  ] as const) {
    it(`does not send its message to a server that answers with ${what}`, async () => {
      const [stream, told] = await dial()
      stream.say(greeting("PLAIN", true))
      for (const piece of said) if (stream.state === "open") stream.say(piece)
      await settle()
      expect(stream.take().includes("message")).to.equal(false)
      expect(told).to.deep.equal([code, "disconnect"])
    })
  }

  it("does not reconnect to a server that has refused it, if reconnectStop is set accordingly", async () => {
    for (const [refuses, reconnectStop, expected] of [
      [true, [], ["auth 400", "disconnect", "connect:retry"]],
      [true, "protocolError", ["auth 400", "disconnect"]],
      [false, "protocolError", ["other", "disconnect", "connect:retry"]],
    ] as const) {
      const loop = close(new LoopTransport())
      const credentials = { plainUsername: "admin", plainPassword: "secret" }
      const push = close(new Push({ ...credentials, reconnectInterval: 10_000, reconnectStop }))
      const told = record(push)
      push.events.on("connect:retry", ({ type }) => told.push(type))
      push.connect("loop://server")
      await settle()
      const stream = loop.dialed[0]!
      await say(stream, greeting("PLAIN", true))
      if (refuses) stream.say(frame(command("ERROR", Buffer.from("\x03400"))))
      else stream.owner!.closed(undefined)
      await settle()
      expect(told).to.deep.equal(expected)
    }
  })
})

describe("NULL, authenticated by address", () => {
  const close = closing()

  it("sends and receives nothing before the verdict", async () => {
    const loop = close(new LoopTransport())
    const pull = close(new Pull())
    let judge!: (verdict: boolean) => void
    pull.authenticate = () => new Promise((resolve) => (judge = resolve))
    const told = record(pull)
    await pull.bind("loop://server")
    for (const verdict of [false, true]) {
      const stream = loop.join("server")
      expect(await say(stream, greeting("NULL"), Buffer.concat([READY, MESSAGE]))).to.be.empty
      expect(pull.tryReceive()).to.equal(undefined)
      judge(verdict)
      await settle()
      expect(await say(stream)).to.deep.equal([verdict ? "READY" : "ERROR"])
      expect(pull.tryReceive()?.join()).to.equal(verdict ? "x" : undefined)
    }
    expect(told).to.deep.equal(["auth 400", "disconnect", "handshake"])
  })

  it("does not accept a peer that predates authentication", async () => {
    const loop = close(new LoopTransport())
    const pull = close(new Pull())
    pull.authenticate = () => true
    const told = record(pull)
    await pull.bind("loop://server")
    await say(loop.join("server"), hex("0100"), hex("000178"))
    await say(loop.join("server"), hex("ff00000000000000017f01"), hex("08 0000 000178"))
    expect(told).to.deep.equal(["ERR_ZMTP_UNSPECIFIED", "disconnect", "ERR_ZMTP_UNSPECIFIED", "disconnect"])
    expect(pull.tryReceive()).to.equal(undefined)
  })
})
