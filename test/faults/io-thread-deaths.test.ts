import { expect } from "chai"
import type { Worker } from "node:worker_threads"
import { Pull, Push, type Context, type Message } from "../../src/index.js"
import { createRuntime } from "../../src/core/runtime/runtime.js"
import { nodePlatform } from "../../src/platform/node/index.js"
import { startIoThread } from "../../src/platform/node/io-thread-code.js"
import { nodeScheduler, nodeTimers } from "../../src/platform/node/scheduler.js"
import { streamTransports } from "../../src/platform/node/stream-transports.js"
import { createContext } from "../../src/sockets/context.js"
import { IoThreads } from "../../src/transports/io/io-threads.js"
import type { ThreadData } from "../../src/transports/io/thread-code.js"
import { nodeFeatures } from "../../src/transports/authentication/node-features.js"
import { LONGEST_PAUSE } from "../../src/transports/io/io-endpoint.js"
import { closing } from "../support/closing.js"
import { nextEvent } from "../support/events.js"
import { FakeClock } from "../support/fake-clock.js"
import { collectGarbage } from "../support/garbage.js"
import { RawListener, RawPeer } from "../support/raw-peer.js"
import { caught } from "../support/receiving.js"

const LOCAL = "tcp://127.0.0.1:*"
/** Size of the messages, in bytes. Messages of this size get their own memory between threads. */
const LARGE = 4 * 1024 * 1024

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve))

async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await turn()
}

/**
 * A frame of 4 MiB with its header.
 * @param more 1 if another frame of the message follows.
 */
function frame(byte: number, more = 0): Buffer {
  const whole = Buffer.alloc(9 + LARGE, byte)
  whole[0] = 2 | more
  whole.writeBigUInt64BE(BigInt(LARGE), 1)
  return whole
}

/** A context whose I/O threads the test can terminate. It restores the endpoints of a thread on request. */
class KillableThreads {
  readonly #clock = new FakeClock()
  /** The latest worker for each thread number. */
  readonly #workers = new Map<number, Worker>()
  readonly context: Context

  constructor(threads = 1) {
    const runtime = createRuntime(nodeScheduler, { clock: this.#clock }, nodeTimers)
    const code = (data: ThreadData): Worker => {
      const worker = startIoThread(data)
      this.#workers.set(data.number, worker)
      return worker
    }
    this.context = createContext(
      {
        ...nodePlatform,
        createIoThreads: ({ inproc }) => new IoThreads(inproc, streamTransports(), runtime, nodeFeatures, code),
      },
      { dedicatedIoThreads: threads },
    )
  }

  /** Terminates the first I/O thread. */
  async kill(): Promise<void> {
    await this.#workers.get(0)!.terminate()
  }

  revive(): void {
    this.#clock.advance(LONGEST_PAUSE)
  }
}

describe("an I/O thread that ends", function () {
  this.timeout(60_000)
  const use = closing()
  let killable: KillableThreads

  beforeEach(() => {
    killable = new KillableThreads()
  })

  for (const [what, bytes] of Object.entries({
    "half of a message of 4 MiB": frame(1).subarray(0, LARGE / 2),
    "4 MiB of a message whose last frame is missing": frame(1, 1),
    "4 MiB and half of the last frame": Buffer.concat([frame(1, 1), frame(2).subarray(0, LARGE / 2)]),
  })) {
    it(`after it has read ${what} delivers nothing of it, and its endpoint is bound again`, async () => {
      const pull = use(new Pull({ context: killable.context }))
      await pull.bind(LOCAL)
      const peer = use(await RawPeer.handshake(pull.lastEndpoint!, "PUSH"))
      const { bytesIn } = pull.stats()
      peer.write(bytes)
      await until(() => pull.stats().bytesIn === bytesIn + bytes.length)
      const closed = nextEvent(pull, "close")
      await killable.kill()
      expect((await closed).error).to.include({ code: "ECONNABORTED" })
      await peer.closed()
      const bound = nextEvent(pull, "bind")
      killable.revive()
      await bound
      const next = use(await RawPeer.handshake(pull.lastEndpoint!, "PUSH"))
      next.write(frame(3))
      const [body, ...others] = await pull.receive()
      expect(body!.equals(Buffer.alloc(LARGE, 3))).to.equal(true)
      expect(others).to.deep.equal([])
      expect(pull.stats().queued.in).to.equal(0)
    })
  }

  it("while it reads messages of 4 MiB delivers whole ones in order", async () => {
    const pull = use(new Pull({ context: killable.context, receiveHighWaterMark: 2 }))
    await pull.bind(LOCAL)
    const push = use(new Push({ reconnectInterval: 10, sendHighWaterMark: 2 }))
    push.connect(pull.lastEndpoint!)
    const sending = (async () => {
      for (let number = 0; ; number++) await push.send([String(number), Buffer.alloc(LARGE, number), String(number)])
    })()
    let last = -1
    const receive = async (): Promise<void> => {
      const [start, body, end, ...others]: Message[] = await pull.receive()
      const number = Number(start)
      expect(number).to.be.above(last)
      expect([String(end), others]).to.deep.equal([String(number), []])
      expect(body!.equals(Buffer.alloc(LARGE, number))).to.equal(true)
      last = number
    }
    for (let death = 0; death < 6; death++) {
      await receive()
      const at = pull.stats().bytesIn + (death * LARGE) / 3
      // If the queue fills up earlier, the byte count is not reached.
      for (let turns = 0; turns < 100 && pull.stats().bytesIn < at; turns++) await turn()
      const again = nextEvent(pull, "bind")
      await killable.kill()
      killable.revive()
      await again
    }
    // Receive the messages that are already queued.
    for (let count = 0; count < 12; count++) await receive()
    push.linger = 0
    push.close()
    await caught(sending)
  })

  it("after it has written half of a message of 4 MiB ends the connection; the next one starts with a whole message", async () => {
    const listener = use(await new RawListener().listen())
    const push = use(new Push({ context: killable.context }))
    const accepted = listener.accept()
    push.connect(listener.endpoint)
    const peer = await accepted
    await peer.shake("PULL")
    await push.sendMany([1, 2, 3].map((byte) => Buffer.alloc(LARGE, byte)))
    const expected = Buffer.concat([frame(1), frame(2), frame(3)])
    expect((await peer.read(LARGE / 2)).equals(expected.subarray(0, LARGE / 2))).to.equal(true)
    const retry = nextEvent(push, "connect:retry")
    await killable.kill()
    expect((await retry).error.cause).to.include({ code: "ECONNABORTED" })
    await peer.closed()
    const returned = listener.accept()
    killable.revive()
    const next = await returned
    await next.shake("PULL")
    await push.send(Buffer.alloc(LARGE, 4))
    expect((await next.read(LARGE + 9)).equals(frame(4))).to.equal(true)
    expect(push.stats().dropped).to.be.within(1, 3)
  })

  it("does not affect the endpoints of other threads, or their messages of 4 MiB", async () => {
    killable = new KillableThreads(2)
    const { context } = killable
    const [dying, living] = [use(new Pull({ context })), use(new Pull({ context }))]
    await dying.bind(LOCAL)
    await living.bind(LOCAL)
    const [victim, peer] = [
      use(await RawPeer.handshake(dying.lastEndpoint!, "PUSH")),
      use(await RawPeer.handshake(living.lastEndpoint!, "PUSH")),
    ]
    victim.write(frame(1).subarray(0, LARGE / 2))
    const { bytesIn } = living.stats()
    peer.write(frame(2).subarray(0, LARGE / 2))
    await until(() => living.stats().bytesIn === bytesIn + LARGE / 2)
    await killable.kill()
    await victim.closed()
    peer.write(frame(2).subarray(LARGE / 2))
    const [body] = await living.receive()
    expect(body!.equals(Buffer.alloc(LARGE, 2))).to.equal(true)
  })

  it("leaves no memory behind, in either direction", async () => {
    const memory = async (): Promise<number> => {
      // Some memory is released only in a later turn, or by the next garbage collection.
      for (let count = 0; count < 10; count++) {
        collectGarbage()
        await turn()
      }
      const { heapUsed, external } = process.memoryUsage()
      return heapUsed + external
    }
    const pull = use(new Pull({ context: killable.context }))
    await pull.bind(LOCAL)
    const listener = use(await new RawListener().listen())
    const push = use(new Push({ context: killable.context }))
    let accepted = listener.accept()
    push.connect(listener.endpoint)
    let first = 0
    for (let death = 0; death < 8; death++) {
      const reader = await accepted
      await reader.shake("PULL")
      const writer = await RawPeer.handshake(pull.lastEndpoint!, "PUSH")
      // Two complete messages, which are not received, and half of a third one.
      const { bytesIn } = pull.stats()
      const bytes = Buffer.concat([frame(1), frame(2), frame(3).subarray(0, LARGE / 2)])
      writer.write(bytes)
      await until(() => pull.stats().bytesIn === bytesIn + bytes.length)
      await push.sendMany([1, 2, 3].map((byte) => Buffer.alloc(LARGE, byte)))
      await reader.read(LARGE / 2)
      const again = nextEvent(pull, "bind")
      await killable.kill()
      await Promise.all([reader.closed(), writer.closed()])
      accepted = listener.accept()
      killable.revive()
      await again
      while (pull.stats().queued.in > 0) await pull.receive()
      if (death === 1) first = await memory()
    }
    await (await accepted).shake("PULL")
    // If each later termination leaked one message, this would be 24 MiB.
    expect((await memory()) - first).to.be.below(2 * LARGE)
    expect(push.stats().queued.out).to.equal(0)
  })
})
