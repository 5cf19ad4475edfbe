import { expect } from "chai"
import { BroadcastChannel } from "node:worker_threads"
import { createRuntime } from "../../../src/core/runtime/runtime.js"
import { nodeScheduler } from "../../../src/platform/node/scheduler.js"
import { asPeer, ChannelLine, fetch, keyOf, type LineHost } from "../../../src/transports/threads/channel-line.js"
import { KEY } from "../../../src/transports/threads/thread-ledger.js"
import { newSharedPipe } from "../../../src/transports/threads/shared-pipe.js"
import type { ThreadPipe } from "../../../src/transports/threads/thread-pipe.js"
import { closing } from "../../support/closing.js"
import { RUNTIME } from "../../support/runtime.js"
import { skip } from "../../support/skip.js"

let names = 0

describe("ChannelLine", () => {
  const use = closing()

  /** Both ends of a line. Records their notifications and requests. */
  function create() {
    const shared = newSharedPipe()
    const name = `test.${process.pid}.${names++}`
    const calls: string[] = []
    let arrived: () => void = () => undefined
    const record = (call: string): void => {
      calls.push(call)
      arrived()
    }
    const end = (side: 0 | 1): ChannelLine => {
      const host: LineHost = {
        runtime: createRuntime(nodeScheduler),
        sendPiece: (to, pipe, [id]) => {
          record(`${side} sends piece ${id} of ${pipe === name ? "the pipe" : pipe} to ${to}`)
        },
        look: () => undefined,
        forget: () => {
          record(`${side} forgets`)
        },
      }
      const line = use(new ChannelLine(host, side, name, side === 0 ? 9 : undefined, shared))
      line.pipe = {
        wake: () => {
          record(`${side} wakes`)
        },
        accept: ({ socketType }: { socketType: string }) => {
          record(`${side} accepts ${socketType}`)
        },
        arrived: (id: number) => {
          record(`${side} gets piece ${id}`)
        },
      } as unknown as ThreadPipe
      return line
    }
    const until = async (count: number): Promise<string[]> => {
      while (calls.length < count) await new Promise<void>((resolve) => (arrived = resolve))
      return calls.splice(0)
    }
    return { near: end(0), far: end(1), calls, until }
  }

  it("wakes the other end once that listens", async () => {
    const { near, far, calls, until } = create()
    near.listen()
    near.ring()
    expect([near.heard, calls]).to.deep.equal([false, []])
    far.listen()
    expect(near.heard).to.equal(true)
    near.ring()
    far.ring()
    expect((await until(2)).sort()).to.deep.equal(["0 wakes", "1 wakes"])
  })

  it("sends memory through the thread of the other end until that listens, and over the line from then on", async () => {
    const { near, far, until } = create()
    near.listen()
    const memory = new SharedArrayBuffer(4)
    expect(near.send(memory)).to.equal(1)
    expect([await until(1), near.early]).to.deep.equal([["0 sends piece 1 of the pipe to 9"], [[1, memory]]])
    far.listen()
    expect(near.send(memory)).to.equal(2)
    expect(await until(1)).to.deep.equal(["1 gets piece 2"])
    expect(far.has(2)).to.equal(true)
    new Uint8Array(memory)[0] = 7
    expect([new Uint8Array(far.take(2))[0], far.has(2)]).to.deep.equal([7, false])
  })

  it("accepts the peer that the other end introduces, and no longer repeats its request", async () => {
    const { near, far, until } = create()
    near.listen()
    near.request = {} as never
    near.send(new SharedArrayBuffer(1))
    await until(1)
    far.listen()
    far.introduce({ socketType: "PULL", routingId: Buffer.from("id") })
    expect(await until(1)).to.deep.equal(["0 accepts PULL"])
    expect([near.request, near.early]).to.deep.equal([undefined, []])
  })

  it("finds memory without waiting for the event loop, and delivers the rest in order", async function () {
    if (RUNTIME !== "Node") skip(this, "only Node can receive from a channel synchronously")
    const { near, far, calls, until } = create()
    near.listen()
    far.listen()
    near.ring()
    near.send(new SharedArrayBuffer(1))
    expect([far.has(1), calls]).to.deep.equal([true, []])
    expect(await until(1)).to.deep.equal(["1 wakes"])
  })

  it("ignores anything else in the channel", async () => {
    const { near, far, until } = create()
    near.listen()
    far.listen()
    const stranger = new BroadcastChannel(`${KEY}.${near.name}`)
    for (const word of ["text", -1, { socketType: 1 }, null]) stranger.postMessage(word)
    near.ring()
    expect(await until(1)).to.deep.equal(["1 wakes"])
    stranger.close()
  })

  it("is forgotten when it closes, and sends nothing more", () => {
    const { near, far, calls } = create()
    near.listen()
    far.listen()
    near.close()
    near.ring()
    near.introduce({ socketType: "PUSH", routingId: Buffer.alloc(0) })
    expect(calls).to.deep.equal(["0 forgets"])
  })
})

describe("the parts of a line", () => {
  it("have a key for each end", () => {
    expect([keyOf("1.2", 0), keyOf("1.2", 1)]).to.deep.equal(["1.2/0", "1.2/1"])
  })

  it("restore a routing id as a frame", () => {
    const { routingId } = asPeer(structuredClone({ socketType: "REQ", routingId: Uint8Array.of(0x61) }))
    expect([Buffer.isBuffer(routingId), routingId.toString()]).to.deep.equal([true, "a"])
  })

  it("find nothing in a channel that is closed", () => {
    expect(fetch(undefined)).to.equal(undefined)
  })
})
