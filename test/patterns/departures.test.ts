import { expect } from "chai"
import "../../src/draft.js"
import "../../src/index.js"
import type { Pipe } from "../../src/core/pipe/pipe.js"
import { DishPattern } from "../../src/patterns/dish.js"
import type { Pattern } from "../../src/patterns/pattern.js"
import { SubPattern } from "../../src/patterns/sub.js"
import { XpubPattern } from "../../src/patterns/xpub.js"
import { registeredType } from "../../src/sockets/type-registry.js"
import { SOCKET_TYPE_NAMES, type SocketTypeName } from "../../src/zmtp/socket-types.js"
import { collectGarbage } from "../support/garbage.js"
import { host, Peer, receiveAll, send, type Host } from "../support/peer.js"
import { DEFAULTS } from "../support/pattern-options.js"
import { RUNTIME } from "../support/runtime.js"
import { skip } from "../support/skip.js"

/** Messages that are valid for at least one type, in one of the two directions. */
const MESSAGES = [["\x01topic"], ["body"], ["", "body"], ["id", "", "body"], ["topic", "body"], ["127.0.0.1:5", "body"]]

interface Scene {
  readonly name: SocketTypeName
  readonly pattern: Pattern
  readonly host: Host
  /** The pattern's end of the pipe to a peer that has left. */
  visited?: WeakRef<Pipe>
}

function sceneOf(name: SocketTypeName, type: number): Scene {
  const scene = host((host) => registeredType(type)!.pattern(host, DEFAULTS))
  if (scene.pattern instanceof SubPattern) scene.pattern.subscribe(Buffer.alloc(0))
  if (scene.pattern instanceof DishPattern) scene.pattern.join(Buffer.from("topic"))
  return { name, ...scene }
}

/** Sends the message if the type accepts it. */
function tryToSend(pattern: Pattern, ...frames: string[]): void {
  try {
    send(pattern, ...frames)
  } catch {
    // The type does not accept this message.
  }
}

/** A peer with queued messages in both directions. */
function meet(pattern: Pattern): Peer {
  const peer = new Peer(pattern, { routingId: "id" })
  for (const frames of MESSAGES) tryToSend(pattern, ...frames)
  for (const frames of MESSAGES) peer.send(...frames)
  return peer
}

/** A peer that closes after both sides have received all messages. */
function leave({ pattern }: Scene): WeakRef<Pipe> {
  const peer = meet(pattern)
  for (let count = 0; count < MESSAGES.length; count++) {
    receiveAll(pattern)
    tryToSend(pattern, "reply")
  }
  peer.drain()
  peer.close()
  return new WeakRef(peer.near)
}

/** A peer that is disconnected while messages are queued. */
function expel({ pattern, host }: Scene): WeakRef<Pipe> {
  const peer = meet(pattern)
  host.detach(peer.near)
  return new WeakRef(peer.near)
}

/** Collects garbage after a turn of the event loop, because weak references keep their targets alive until then. */
async function forget(): Promise<void> {
  await new Promise(setImmediate)
  collectGarbage()
}

describe("a peer that has left", () => {
  before(function () {
    if (RUNTIME === "Bun") skip(this, "JavaScriptCore keeps what a stale word on the stack seems to point to")
  })

  describe("on its own", () => {
    let scenes: Scene[] = []

    before(async () => {
      scenes = SOCKET_TYPE_NAMES.map(sceneOf)
      for (const scene of scenes) scene.visited = leave(scene)
      for (const { pattern } of scenes) {
        // Patterns remember the sender of the last received message.
        const other = new Peer(pattern)
        for (const frames of MESSAGES) other.send(...frames)
        receiveAll(pattern)
      }
      await forget()
    })

    for (const [type, name] of SOCKET_TYPE_NAMES.entries()) {
      it(`costs a ${name} no memory`, () => {
        expect(scenes[type]!.visited!.deref()).to.equal(undefined)
      })
    }
  })

  describe("with another routing id than that of its unread messages", () => {
    let visited: WeakRef<Pipe>
    /** Used after the peer is collected, to keep the pattern alive until then. */
    const scene = sceneOf("ROUTER", SOCKET_TYPE_NAMES.indexOf("ROUTER"))

    function rename({ pattern, host }: Scene): WeakRef<Pipe> {
      const peer = new Peer(pattern, { routingId: "old" })
      peer.send("body")
      peer.leave()
      peer.arrive("new")
      host.detach(peer.near)
      return new WeakRef(peer.near)
    }

    before(async () => {
      visited = rename(scene)
      await forget()
    })

    it("costs a ROUTER no memory", () => {
      expect([visited.deref(), receiveAll(scene.pattern)]).to.deep.equal([undefined, []])
    })
  })

  describe("to which the application has assigned a routing id", () => {
    let visited: WeakRef<Pipe>
    /** Used again after the peer is collected, so that the pattern outlives it. */
    const scene = sceneOf("ROUTER", SOCKET_TYPE_NAMES.indexOf("ROUTER"))

    function assign({ pattern }: Scene): WeakRef<Pipe> {
      const peer = new Peer(pattern, { alias: "assigned" })
      peer.close()
      return new WeakRef(peer.near)
    }

    before(async () => {
      visited = assign(scene)
      await forget()
    })

    it("costs a ROUTER no memory", () => {
      expect([visited.deref(), receiveAll(scene.pattern)]).to.deep.equal([undefined, []])
    })
  })

  describe("because it was disconnected before it was read", () => {
    let visited: WeakRef<Pipe>
    const scene = host((host) => new XpubPattern(host, { ...DEFAULTS, receiveHighWaterMark: 1 }))
    const other = new Peer(scene.pattern)

    function visit({ pattern, host }: typeof scene): WeakRef<Pipe> {
      other.send("\x01queued")
      const peer = new Peer(pattern)
      peer.send("\x01topic")
      host.detach(peer.near)
      return new WeakRef(peer.near)
    }

    before(async () => {
      visited = visit(scene)
      await forget()
    })

    it("costs an XPUB whose queue is full no memory", () => {
      expect([visited.deref(), receiveAll(scene.pattern)]).to.deep.equal([undefined, [["\x01queued"]]])
    })
  })

  describe("because it was disconnected", () => {
    let scenes: Scene[] = []

    before(async () => {
      scenes = SOCKET_TYPE_NAMES.map(sceneOf)
      for (const scene of scenes) {
        scene.visited = expel(scene)
        // Receive the subscriptions, which are reported even if the peer has left.
        if (scene.name === "XPUB") receiveAll(scene.pattern)
      }
      await forget()
    })

    for (const [type, name] of SOCKET_TYPE_NAMES.entries()) {
      it(`costs a ${name} no memory`, () => {
        expect(scenes[type]!.visited!.deref()).to.equal(undefined)
      })
    }
  })
})
