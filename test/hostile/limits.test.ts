import { expect } from "chai"
import { Radio } from "../../src/draft.js"
import { Dealer, Publisher, Pull, Push, Router, XPublisher, type Socket } from "../../src/index.js"
import { TOPIC_OVERHEAD } from "../../src/patterns/strategies/distributor.js"
import { MAX_COMMAND, MAX_FRAMES, MAX_HANDSHAKE_COMMAND, MAX_ROUTING_ID } from "../../src/zmtp/limits.js"
import { encodeCommand } from "../../src/zmtp/commands/command.js"
import { encodeMetadata, MAX_PROPERTIES } from "../../src/zmtp/handshake/metadata.js"
import { closing } from "../support/closing.js"
import { hex } from "../support/cuts.js"
import { limitOf, nextEvent } from "../support/events.js"
import { GREETING, RawPeer, type PeerType } from "../support/raw-peer.js"

/** A frame in the long form. `announced` overrides the size in its header. */
function frame(flags: number, body: Uint8Array, announced = body.length): Buffer {
  const header = Buffer.alloc(9)
  header[0] = flags | 0x02
  header.writeBigUInt64BE(BigInt(announced), 1)
  return Buffer.concat([header, body])
}

const MORE = 0x01
const COMMAND = 0x04
const NOTHING = Buffer.alloc(0)

describe("a peer that exceeds a limit", function () {
  this.timeout(30_000)
  const keep = closing()

  async function bound<S extends Socket>(socket: S): Promise<S> {
    keep(socket)
    await socket.bind("tcp://127.0.0.1:*")
    socket.events
    return socket
  }

  async function peerOf(socket: Socket, type: PeerType): Promise<RawPeer> {
    const peer = keep(await RawPeer.handshake(socket.lastEndpoint!, type))
    await nextEvent(socket, "handshake")
    return peer
  }

  /** The limit that the error names after one peer sends `bytes`. Checks that another peer is not affected. */
  async function limitAfter(socket: Socket, type: PeerType, ...bytes: Uint8Array[]): Promise<unknown> {
    const good = await peerOf(socket, type)
    const bad = await peerOf(socket, type)
    for (const piece of bytes) bad.write(piece)
    const limit = limitOf(await nextEvent(socket, "disconnect"))
    await bad.closed()
    expect(await good.ping()).to.equal("0405" + "04504f4e47")
    return limit
  }

  describe("after the handshake is the only one to be disconnected, and `disconnect` reports the reason", () => {
    it("maxMessageSize: at the header of the frame", async () => {
      const pull = await bound(new Pull({ maxMessageSize: 1000 }))
      expect(await limitAfter(pull, "PUSH", frame(0, NOTHING, 1001))).to.equal("maxMessageSize")
    })

    it("maxMultipartSize: at the header of the frame that exceeds it", async () => {
      const pull = await bound(new Pull({ maxMultipartSize: 1000 }))
      const parts = Array.from({ length: 10 }, () => frame(MORE, Buffer.alloc(99)))
      expect(await limitAfter(pull, "PUSH", ...parts, frame(0, NOTHING, 11))).to.equal("maxMultipartSize")
    })

    it("4 GiB for a message if there is no other limit, at the header", async () => {
      const pull = await bound(new Pull())
      expect(await limitAfter(pull, "PUSH", frame(0, NOTHING, 2 ** 32))).to.equal("maxMultipartSize")
    })

    it("4 GiB for a message of the largest size that a header can announce", async () => {
      const pull = await bound(new Pull())
      expect(await limitAfter(pull, "PUSH", hex("02ffffffffffffffff"))).to.equal("maxMultipartSize")
    })

    it(`${MAX_FRAMES} frames of a message, even if they are empty`, async () => {
      const pull = await bound(new Pull())
      const endless = Buffer.alloc(2 * (MAX_FRAMES + 1), hex("0100"))
      expect(await limitAfter(pull, "PUSH", endless)).to.equal("frames of a message")
    })

    it(`${MAX_COMMAND} bytes of a command, at its header`, async () => {
      const pull = await bound(new Pull())
      expect(await limitAfter(pull, "PUSH", frame(COMMAND, NOTHING, MAX_COMMAND + 1))).to.equal("size of a command")
    })

    for (const Type of [Publisher, XPublisher]) {
      it(`maxPeerSubscriptionBytes of a ${Type.name}, with long topics`, async () => {
        const publisher = await bound(new Type({ maxPeerSubscriptionBytes: 3 * 1024 * 1024 }))
        const topics = [1, 2].map((first) => frame(0, Buffer.alloc(600 * 1024, 1).fill(first, 1)))
        expect(await limitAfter(publisher, "SUB", ...topics)).to.equal("subscriptions of a peer")
      })

      it(`maxPeerSubscriptionBytes of a ${Type.name}, with topics that may be subscribed to repeatedly`, async () => {
        const [overhead, times] = TOPIC_OVERHEAD
        const most = 10_000
        const limits = { maxPeerSubscriptionBytes: most * (overhead + 5 * times) }
        const publisher = await bound(
          Type === XPublisher ? new XPublisher({ ...limits, receiveHighWaterMark: 0 }) : new Publisher(limits),
        )
        const subscribe = (topic: number): Buffer => frame(0, Buffer.from(`\x01${String(topic).padStart(5, "0")}`))
        const topics = Array.from({ length: most }, (_, topic) => subscribe(topic))
        const peer = await peerOf(publisher, "SUB")
        peer.write(Buffer.concat([...topics, subscribe(0)]))
        expect(await peer.ping()).to.equal("0405" + "04504f4e47")
        peer.write(subscribe(most))
        expect(limitOf(await nextEvent(publisher, "disconnect"))).to.equal("subscriptions of a peer")
        await peer.closed()
      })

      it(`maxSubscriptionBytes of a ${Type.name}, which disconnects the peer with the most subscriptions`, async () => {
        const limits = { maxSubscriptionBytes: 1024 * 1024 }
        const publisher = await bound(
          Type === XPublisher ? new XPublisher({ ...limits, receiveHighWaterMark: 0 }) : new Publisher(limits),
        )
        const topics = (first: number, count: number): Buffer =>
          Buffer.concat(Array.from({ length: count }, (_, topic) => frame(0, Buffer.from(`\x01${first}/${topic}`))))
        const [greedy, modest, late] = [
          await peerOf(publisher, "SUB"),
          await peerOf(publisher, "SUB"),
          await peerOf(publisher, "SUB"),
        ]
        for (const [peer, first, count] of [
          [greedy, 1, 700],
          [modest, 2, 100],
        ] as const) {
          peer.write(topics(first, count))
          expect(await peer.ping()).to.equal("0405" + "04504f4e47")
        }
        late.write(topics(3, 300))
        expect(limitOf(await nextEvent(publisher, "disconnect"))).to.equal("subscriptions of all peers")
        await greedy.closed()
        for (const peer of [modest, late]) expect(await peer.ping()).to.equal("0405" + "04504f4e47")
      })
    }

    /** The command with which a DISH joins a group (RFC 48). */
    const join = (group: string): Buffer => {
      const body = Buffer.from(`\x04JOIN${group}`, "latin1")
      return body.length > 255 ? frame(COMMAND, body) : Buffer.concat([Buffer.of(COMMAND, body.length), body])
    }

    it("maxPeerSubscriptionBytes, with groups that a DISH may join repeatedly", async () => {
      const most = 10_000
      const radio = await bound(new Radio({ maxPeerSubscriptionBytes: most * (480 + 5) }))
      const peer = await peerOf(radio, "DISH")
      const groups = Array.from({ length: most }, (_, group) => join(String(group).padStart(5, "0")))
      peer.write(Buffer.concat([...groups, groups[0]!]))
      expect(await peer.ping()).to.equal("0405" + "04504f4e47")
      peer.write(join(String(most)))
      expect(limitOf(await nextEvent(radio, "disconnect"))).to.equal("groups of a peer")
      await peer.closed()
    })
  })

  describe("during the handshake is reported by `handshake:error:protocol`", () => {
    const cases: [limit: string, bytes: Uint8Array][] = [
      ["size of a command", frame(COMMAND, NOTHING, MAX_HANDSHAKE_COMMAND + 1)],
      [
        "properties of a handshake",
        frame(
          COMMAND,
          encodeCommand(
            "READY",
            encodeMetadata(Array.from({ length: MAX_PROPERTIES + 1 }, (_, index) => [`X-${index}`, NOTHING])),
          ),
        ),
      ],
      [
        "length of a routing id",
        frame(
          COMMAND,
          encodeCommand(
            "READY",
            encodeMetadata([
              ["Socket-Type", Buffer.from("DEALER")],
              ["Identity", Buffer.alloc(MAX_ROUTING_ID + 1, 1)],
            ]),
          ),
        ),
      ],
    ]
    for (const [limit, bytes] of cases) {
      it(limit, async () => {
        const router = await bound(new Router())
        const peer = keep(await RawPeer.connect(router.lastEndpoint!))
        peer.write(Buffer.concat([GREETING, bytes]))
        expect(limitOf(await nextEvent(router, "handshake:error:protocol"))).to.equal(limit)
        await peer.closed()
      })
    }
  })

  it("maxConnections: is rejected, and `accept:error` reports the reason", async () => {
    const pull = await bound(new Pull({ maxConnections: 2 }))
    const first = await peerOf(pull, "PUSH")
    await peerOf(pull, "PUSH")
    const third = keep(await RawPeer.connect(pull.lastEndpoint!))
    const { error } = await nextEvent(pull, "accept:error")
    expect(error).to.include({ limit: "maxConnections", code: "EMFILE", errno: 24, message: "More than 2 connections" })
    await third.closed()
    first.close()
    await nextEvent(pull, "disconnect")
    await peerOf(pull, "PUSH")
  })
})

describe("receiveHighWaterBytes", () => {
  const keep = closing()

  it("stops reading from a peer, without losing messages", async () => {
    const pull = keep(new Pull({ receiveHighWaterBytes: 10_000, receiveHighWaterMark: 0 }))
    const push = keep(new Push({ sendHighWaterMark: 1, immediate: true }))
    await pull.bind("tcp://127.0.0.1:*")
    push.connect(pull.lastEndpoint!)
    const body = Buffer.alloc(1_000_000)
    await push.send([body, "0"])
    // The size of the system's buffers is unknown, so this checks against far more than they can hold.
    let sent = 1
    while (sent < 200) {
      try {
        await push.send([body, String(sent)], { timeout: 500 })
        sent++
      } catch {
        break
      }
    }
    expect(sent).to.be.below(100)
    for (let number = 0; number < sent; number++) expect(Number((await pull.receive())[1])).to.equal(number)
  })
})

describe("sendHighWaterBytes", () => {
  const keep = closing()

  it("counts messages waiting for a peer, and accepts any single message", async () => {
    const dealer = keep(new Dealer({ sendHighWaterBytes: 1000 }))
    dealer.connect("tcp://127.0.0.1:1")
    await dealer.send(Buffer.alloc(5000))
    expect(dealer.writable).to.equal(false)
  })

  it("counts messages that are already waiting when it is set", async () => {
    const dealer = keep(new Dealer())
    dealer.connect("tcp://127.0.0.1:1")
    await dealer.send(Buffer.alloc(5000))
    dealer.sendHighWaterBytes = 1000
    expect(dealer.writable).to.equal(false)
    dealer.sendHighWaterBytes = 0
    expect(dealer.writable).to.equal(true)
  })
})
