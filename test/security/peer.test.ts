import { expect } from "chai"
import {
  Context,
  curveKeyPair,
  Dealer,
  encodeZ85,
  Pull,
  Push,
  Reply,
  Request,
  Router,
  Subscriber,
  XPublisher,
  type NetworkPeer,
  type Socket,
} from "../../src/index.js"
import { encodeText } from "../../src/zmtp/bytes.js"
import { encodeMetadata } from "../../src/zmtp/handshake/metadata.js"
import { closing } from "../support/closing.js"

const server = curveKeyPair()
const client = curveKeyPair()
const SERVER = { curveServer: true, curveSecretKey: server.secretKey }
const CLIENT = {
  curveServerKey: server.publicKey,
  curvePublicKey: client.publicKey,
  curveSecretKey: client.secretKey,
}

/** The next peer to be authenticated. */
function nextPeer(socket: Socket): Promise<NetworkPeer> {
  return new Promise((resolve) => {
    socket.events.on("handshake", ({ peer }) => {
      resolve(peer)
    })
  })
}

/** A summary of what is known about a peer. */
function describePeer({ userId, metadata, publicKey, mechanism, socketType, address }: NetworkPeer): object {
  return {
    socketType,
    address,
    mechanism,
    userId,
    metadata: Object.fromEntries([...metadata].map(([name, value]) => [name, Buffer.from(value).toString()])),
    key: publicKey === undefined ? undefined : encodeZ85(publicKey),
  }
}

describe("information about a peer", () => {
  const close = closing()

  it("is reported by the handshake event: the authenticator's properties, and the key", async () => {
    const pull = close(new Pull(SERVER))
    pull.authenticate = () => ({ status: 200, userId: "alice", metadata: { Role: "writer" } })
    await pull.bind("tcp://127.0.0.1:*")
    const come = nextPeer(pull)
    const push = close(new Push(CLIENT))
    const met = nextPeer(push)
    push.connect(pull.lastEndpoint!)
    const common = { address: "127.0.0.1", mechanism: "CURVE" }
    expect(describePeer(await come)).to.deep.equal({
      ...common,
      socketType: "PUSH",
      userId: "alice",
      metadata: { role: "writer" },
      key: client.publicKey,
    })
    expect(describePeer(await met)).to.deep.equal({
      ...common,
      socketType: "PULL",
      userId: "",
      metadata: {},
      key: server.publicKey,
    })
  })

  it("does not affect the comparison of the event", async () => {
    const pull = close(new Pull())
    await pull.bind("tcp://127.0.0.1:*")
    const event = new Promise<object>((resolve) => {
      pull.events.on("handshake", resolve)
    })
    close(new Push()).connect(pull.lastEndpoint!)
    expect(await event).to.deep.equal({ type: "handshake", address: pull.lastEndpoint })
  })

  it("contains the properties in the reply of a ZAP handler", async () => {
    const context = new Context()
    const handler = close(new Reply({ context }))
    await handler.bind("inproc://zeromq.zap.01")
    const pull = close(new Pull({ context, plainServer: true }))
    await pull.bind("tcp://127.0.0.1:*")
    const come = nextPeer(pull)
    close(new Push({ plainUsername: "admin", plainPassword: "secret" })).connect(pull.lastEndpoint!)
    const [, id] = await handler.receive()
    const metadata = encodeMetadata([["X-Group", encodeText("staff")]])
    await handler.send(["1.0", id!, "200", "OK", "bob", metadata])
    expect(describePeer(await come)).to.deep.equal({
      socketType: "PUSH",
      address: "127.0.0.1",
      mechanism: "PLAIN",
      userId: "bob",
      metadata: { "x-group": "staff" },
      key: undefined,
    })
  })

  it("is available for a received message, for any socket type", async () => {
    const server = { ...SERVER, tracePeers: true }
    const say = (sender: Push | Request | Dealer): Promise<void> => sender.send("x")
    for (const [receiver, sender, speak] of [
      [new Pull(server), new Push(CLIENT), say],
      [new Reply(server), new Request(CLIENT), say],
      [new Router(server), new Dealer(CLIENT), say],
      [
        new XPublisher(server),
        new Subscriber(CLIENT),
        (subscriber: Subscriber) => {
          subscriber.subscribe("news")
        },
      ],
    ] as const) {
      close(receiver)
      close(sender)
      receiver.authenticate = ({ publicKey }) => ({ status: true, userId: encodeZ85(publicKey!) })
      await receiver.bind("tcp://127.0.0.1:*")
      sender.connect(receiver.lastEndpoint!)
      await speak(sender as never)
      expect(receiver.peerOf(await receiver.receive())?.userId).to.equal(client.publicKey)
    }
  })

  it("is not kept for messages unless requested", async () => {
    const pull = close(new Pull())
    await pull.bind("tcp://127.0.0.1:*")
    const push = close(new Push())
    push.connect(pull.lastEndpoint!)
    await push.send("x")
    expect(pull.peerOf(await pull.receive())).to.equal(undefined)
  })

  for (const [verdict, status] of [
    [undefined, 500],
    [null, 500],
    ["200", 500],
    [{}, 500],
    [{ userId: "alice" }, 500],
    [{ status: false, userId: "alice" }, 400],
    [{ status: 300 }, 300],
    [201, 500],
  ] as const) {
    it(`rejects all peers if the verdict is ${JSON.stringify(verdict)}`, async () => {
      const pull = close(new Pull(SERVER))
      pull.authenticate = () => verdict as never
      await pull.bind("tcp://127.0.0.1:*")
      const refused = new Promise<number>((resolve) => {
        pull.events.on("handshake:error:auth", ({ error }) => {
          resolve(error.status)
        })
      })
      close(new Push(CLIENT)).connect(pull.lastEndpoint!)
      expect(await refused).to.equal(status)
    })
  }

  it("is not requested from a ZAP handler after the peer has left", async () => {
    const context = new Context()
    const handler = close(new Router({ context }))
    await handler.bind("inproc://zeromq.zap.01")
    const pull = close(new Pull({ context, plainServer: true, handshakeInterval: 500 }))
    await pull.bind("tcp://127.0.0.1:*")
    const gone = new Promise((resolve) => {
      pull.events.on("handshake:error:other", resolve)
    })
    const push = close(new Push({ plainUsername: "a", plainPassword: "b", reconnectInterval: -1 }))
    push.connect(pull.lastEndpoint!)
    const [id] = await handler.receive()
    await gone
    handler.mandatory = true
    // The requester has closed, so the reply cannot be delivered.
    expect(handler.trySend([id!, "", "1.0", "1", "200", "OK", "", ""])).to.equal(false)
  })
})
