import { expect } from "chai"
import { channelPattern } from "../../src/patterns/channel.js"
import { clientPattern } from "../../src/patterns/client.js"
import { DealerPattern } from "../../src/patterns/dealer.js"
import { DishPattern } from "../../src/patterns/dish.js"
import { gatherPattern } from "../../src/patterns/gather.js"
import { PairPattern } from "../../src/patterns/pair.js"
import type { Pattern, PatternHost } from "../../src/patterns/pattern.js"
import { PubPattern } from "../../src/patterns/pub.js"
import { PullPattern } from "../../src/patterns/pull.js"
import { PushPattern } from "../../src/patterns/push.js"
import { RadioPattern } from "../../src/patterns/radio.js"
import { RouterPattern } from "../../src/patterns/router.js"
import { scatterPattern } from "../../src/patterns/scatter.js"
import { ServerPattern } from "../../src/patterns/server.js"
import { SubPattern } from "../../src/patterns/sub.js"
import { XpubPattern } from "../../src/patterns/xpub.js"
import { XsubPattern } from "../../src/patterns/xsub.js"
import { host, Peer, receive, send, type PeerOptions } from "../support/peer.js"
import { DEFAULTS } from "../support/pattern-options.js"

interface Type {
  readonly name: string
  create(host: PatternHost): Pattern
  /** A command that the peer sends before it can receive messages. */
  readonly subscription?: string
  /** A frame before the body of each message, in both directions. */
  readonly prefix?: string
}

const OUT: readonly Type[] = [
  { name: "PUSH", create: (host) => new PushPattern(host) },
  { name: "PUB", create: (host) => new PubPattern(host, DEFAULTS), subscription: "\x01" },
  { name: "RADIO", create: (host) => new RadioPattern(host, DEFAULTS), subscription: "\x01group", prefix: "group" },
  { name: "SCATTER", create: (host) => scatterPattern(host) },
]

const IN: readonly Type[] = [
  { name: "PULL", create: (host) => new PullPattern(host) },
  { name: "SUB", create: (host) => subscribed(new SubPattern(host, { invertMatching: false })) },
  { name: "DISH", create: (host) => joined(new DishPattern(host)), prefix: "group" },
  { name: "GATHER", create: (host) => gatherPattern(host) },
]

const BOTH: readonly Type[] = [
  { name: "DEALER", create: (host) => new DealerPattern(host, DEFAULTS) },
  { name: "ROUTER", create: (host) => new RouterPattern(host, DEFAULTS), prefix: "id" },
  { name: "PAIR", create: (host) => new PairPattern(host) },
  { name: "XPUB", create: (host) => new XpubPattern(host, DEFAULTS), subscription: "\x01" },
  { name: "XSUB", create: (host) => new XsubPattern(host) },
  { name: "CLIENT", create: (host) => clientPattern(host) },
  { name: "SERVER", create: (host) => new ServerPattern(host), prefix: "number" },
  { name: "CHANNEL", create: (host) => channelPattern(host) },
]

function subscribed(pattern: SubPattern): SubPattern {
  pattern.subscribe(Buffer.alloc(0))
  return pattern
}

function joined(pattern: DishPattern): DishPattern {
  pattern.join(Buffer.from("group"))
  return pattern
}

/** A socket and one of its peers, from the application's perspective. */
class Scene {
  readonly pattern: Pattern
  peer: Peer
  #prefix: string[]

  constructor(
    private readonly type: Type,
    options: PeerOptions = {},
  ) {
    this.pattern = host((host) => type.create(host)).pattern
    this.#prefix = type.prefix === undefined ? [] : [type.prefix]
    this.peer = this.join(options)
  }

  join(options: PeerOptions = {}): Peer {
    const peer = new Peer(this.pattern, { routingId: "id", ...options })
    peer.drain()
    if (this.type.subscription !== undefined) peer.send(this.type.subscription)
    receive(this.pattern)
    if (this.type.name === "SERVER") {
      peer.send("who am I")
      this.#prefix = [receive(this.pattern)![0]!]
    }
    return peer
  }

  send(body: string): boolean {
    return send(this.pattern, ...this.#prefix, body)
  }

  /** Sends `body` from the peer. Only a DISH receives another frame before it. */
  sendFromPeer(body: string): boolean {
    return this.type.name === "DISH" ? this.peer.send("group", body) : this.peer.send(body)
  }

  /** The body of the next message that is not a subscription. */
  receive(): string | undefined {
    for (;;) {
      const body = receive(this.pattern)?.at(-1)
      if (body === undefined || !/^[\0\x01]/.test(body)) return body
    }
  }

  drain(peer = this.peer): (string | undefined)[] {
    return peer.drain().map((message) => message.at(-1))
  }
}

describe("the queues of a peer (RFCs 28 to 31, 41, 48, and 49)", () => {
  for (const type of [...OUT, ...BOTH]) {
    const { name } = type

    it(`${name} maintains the outgoing queue whether or not the connection is established`, () => {
      const scene = new Scene(type)
      scene.peer.leave()
      expect(scene.send("meanwhile")).to.equal(true)
      expect(scene.drain()).to.deep.equal(["meanwhile"])
    })

    it(`${name} destroys the outgoing queue of a peer that has left, with all messages in it`, () => {
      const scene = new Scene(type)
      expect(scene.send("lost")).to.equal(true)
      scene.peer.close()
      const next = scene.join()
      scene.send("new")
      expect([scene.drain(), scene.drain(next)]).to.deep.equal([[], ["new"]])
    })
  }

  for (const type of [...IN, ...BOTH]) {
    const { name } = type

    it(`${name} maintains the incoming queue whether or not the connection is established`, () => {
      const scene = new Scene(type)
      scene.sendFromPeer("before")
      scene.peer.leave()
      expect(scene.receive()).to.equal("before")
      scene.peer.arrive()
      scene.sendFromPeer("after")
      expect(scene.receive()).to.equal("after")
    })

    it(`${name} receives the messages of a peer that has left, and then destroys its queue`, () => {
      const scene = new Scene(type)
      scene.sendFromPeer("last")
      scene.peer.close()
      expect(scene.receive()).to.equal("last")
      const { peer } = scene
      scene.peer = scene.join()
      scene.sendFromPeer("new")
      expect([scene.receive(), peer.terminated || peer.near.finished]).to.deep.equal(["new", true])
    })
  }

  for (const type of BOTH) {
    it(`${type.name} queues outgoing and incoming messages independently`, () => {
      const scene = new Scene(type, { mark: 1 })
      for (const body of ["out", "too much"]) scene.send(body)
      expect(scene.sendFromPeer("in")).to.equal(true)
      expect(scene.receive()).to.equal("in")
      expect(scene.drain()).to.deep.equal(["out"])
    })
  }
})
