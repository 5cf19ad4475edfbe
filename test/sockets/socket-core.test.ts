import { expect } from "chai"
import "../../src/draft.js"
import { context } from "../../src/index.js"
import { LocalPipe } from "../../src/core/pipe/local-pipe.js"
import { SocketCore } from "../../src/sockets/socket-core.js"
import { closing } from "../support/closing.js"
import { collectGarbage } from "../support/garbage.js"
import { codeOf } from "../support/messages.js"
import { Recorder } from "../support/recorder.js"
import { RUNTIME } from "../support/runtime.js"
import { skip } from "../support/skip.js"

const PAIR = 0
const DGRAM = 18
const ROUTER = 6

describe("a pipe that the socket type rejects", () => {
  const use = closing()

  for (const [name, type, routingId] of [
    ["a second endpoint of a DGRAM", DGRAM, undefined],
    ["a routing id that a ROUTER already uses", ROUTER, Buffer.from("id")],
  ] as const) {
    it(`is closed and removed: ${name}`, () => {
      const core = use(new SocketCore(type, context))
      const peers = [new Recorder(), new Recorder()]
      const [accepted, refused] = peers.map((peer) => LocalPipe.pair(core, core.pipeOptions(), peer))
      core.attach(accepted![0], routingId)
      expect(codeOf(() => core.attach(refused![0], routingId))).to.equal("EINVAL")
      for (const [, far] of [accepted!, refused!]) {
        far.announcePeer({ socketType: "", routingId: Buffer.alloc(0) })
        far.send([Buffer.from("127.0.0.1:5"), Buffer.from("x")])
      }
      expect(core.stats()).to.deep.include({ peers: 1, queued: { in: 1, out: 0 } })
      expect(peers.map((peer) => peer.events)).to.deep.equal([[], ["pipeTerminated"]])
    })
  }
})

describe("a pipe that is replaced by another", () => {
  const use = closing()

  before(function () {
    if (RUNTIME === "Bun") skip(this, "JavaScriptCore keeps what a stale word on the stack seems to point to")
  })

  /** A peer that has already left when its last message is received. The socket does not look for more messages. */
  function visit(core: SocketCore): WeakRef<LocalPipe> {
    const [near, far] = LocalPipe.pair(core, core.pipeOptions(), new Recorder())
    core.attach(near)
    far.send([Buffer.from("127.0.0.1:5"), Buffer.from("last words")])
    far.close()
    expect(core.receive()).to.have.length(2)
    return new WeakRef(near)
  }

  for (const [name, type] of [
    ["PAIR", PAIR],
    ["DGRAM", DGRAM],
  ] as const) {
    it(`is removed: ${name}`, async () => {
      const core = use(new SocketCore(type, context))
      const visited = visit(core)
      visit(core)
      await new Promise(setImmediate)
      collectGarbage()
      expect(visited.deref()).to.equal(undefined)
    })
  }
})
