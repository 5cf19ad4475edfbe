import { expect } from "chai"
import nacl from "tweetnacl"
import { curveKeyPair, decodeZ85, Pull, Push } from "../../src/index.js"
import { MAX_HANDSHAKES } from "../../src/transports/stream/unfinished-handshakes.js"
import { closing } from "../support/closing.js"
import { CurvePeerClient, frame, greeting } from "../support/curve-peer.js"
import { LoopTransport } from "../support/loop-transport.js"
import { RawListener, RawPeer } from "../support/raw-peer.js"

const server = curveKeyPair()
const client = curveKeyPair()
const SERVER = { curveServer: true, curveSecretKey: server.secretKey }
const CLIENT = {
  curveServerKey: server.publicKey,
  curvePublicKey: client.publicKey,
  curveSecretKey: client.secretKey,
}

describe("unfinished handshakes, with CURVE", function () {
  this.timeout(30_000)
  const close = closing()

  it("end after handshakeInterval, wherever the client stalls", async () => {
    const pull = close(new Pull({ ...SERVER, handshakeInterval: 300 }))
    const codes: string[] = []
    const events: string[] = []
    pull.events.on("handshake:error:other", ({ error }) => codes.push(error.code))
    pull.events.on("handshake", ({ type }) => events.push(type))
    await pull.bind("tcp://127.0.0.1:*")
    const liar = new CurvePeerClient(decodeZ85(server.publicKey))
    const hello = frame(liar.hello())
    const early = [
      Buffer.alloc(0),
      greeting("CURVE").subarray(0, 40),
      greeting("CURVE"),
      Buffer.concat([greeting("CURVE"), hello.subarray(0, 100)]),
      Buffer.concat([greeting("CURVE"), hello]),
      // A frame that stays incomplete.
      Buffer.concat([greeting("CURVE"), hello, frame(Buffer.alloc(60_000)).subarray(0, 1000)]),
    ]
    const stalling = await Promise.all(
      early.map(async (bytes) => {
        const peer = close(await RawPeer.connect(pull.lastEndpoint!))
        peer.write(bytes)
        return peer
      }),
    )
    await Promise.all(stalling.map((peer) => peer.closed()))
    expect(codes).to.deep.equal(early.map(() => "ETIMEDOUT"))
    expect(events).to.be.empty
    // A peer that does not stall is accepted.
    const push = close(new Push(CLIENT))
    push.connect(pull.lastEndpoint!)
    await push.send("in")
    expect((await pull.receive()).join()).to.equal("in")
  })

  it("end after handshakeInterval if the server stalls", async () => {
    const listener = close(await new RawListener().listen())
    const push = close(new Push({ ...CLIENT, handshakeInterval: 100, reconnectInterval: -1 }))
    const failed = new Promise<string>((resolve) => {
      push.events.on("handshake:error:other", ({ error }) => {
        resolve(error.code)
      })
    })
    const accepted = listener.accept()
    push.connect(listener.endpoint)
    const peer = await accepted
    peer.write(greeting("CURVE", true))
    expect(await failed).to.equal("ETIMEDOUT")
    await peer.closed()
  })

  it("end if the client disconnects at any byte, and let the next one connect", async () => {
    const pull = close(new Pull(SERVER))
    await pull.bind("tcp://127.0.0.1:*")
    let gone = 0
    const ended = new Promise<void>((resolve) => {
      pull.events.on("disconnect", () => {
        if (++gone === 16) resolve()
      })
    })
    const liar = new CurvePeerClient(decodeZ85(server.publicKey))
    const said = Buffer.concat([greeting("CURVE"), frame(liar.hello())])
    for (let index = 0; index < 16; index++) {
      const peer = close(await RawPeer.connect(pull.lastEndpoint!))
      peer.socket.end(said.subarray(0, Math.floor((said.length * index) / 15)))
      await peer.closed()
    }
    await ended
    const push = close(new Push(CLIENT))
    push.connect(pull.lastEndpoint!)
    await push.send("in")
    expect((await pull.receive()).join()).to.equal("in")
  })

  it(`do not exceed ${MAX_HANDSHAKES}, without affecting connected peers`, async () => {
    const loop = close(new LoopTransport())
    const pull = close(new Pull(SERVER))
    await pull.bind("loop://flood")
    await pull.bind("tcp://127.0.0.1:*")
    const push = close(new Push(CLIENT))
    push.connect(pull.lastEndpoint!)
    await push.send("before")
    expect((await pull.receive()).join()).to.equal("before")
    const hello = frame(new CurvePeerClient(decodeZ85(server.publicKey), nacl.box.keyPair()).hello())
    const streams = Array.from({ length: MAX_HANDSHAKES + 20 }, () => {
      const stream = loop.join("flood")
      stream.say(greeting("CURVE"), hello)
      return stream
    })
    expect(streams.filter(({ state }) => state === "open")).to.have.length(MAX_HANDSHAKES)
    expect(streams.slice(0, 20).every(({ state }) => state === "destroyed")).to.equal(true)
    await push.send("after")
    expect((await pull.receive()).join()).to.equal("after")
  })
})
