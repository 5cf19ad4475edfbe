import { expect } from "chai"
import { once } from "node:events"
import { createServer, type Server } from "node:net"
import type { Worker } from "node:worker_threads"
import { createRuntime } from "../../../src/core/runtime/runtime.js"
import { Pull, Push, type Context, type Socket } from "../../../src/index.js"
import { nodePlatform } from "../../../src/platform/node/index.js"
import { startIoThread } from "../../../src/platform/node/io-thread-code.js"
import { streamTransports } from "../../../src/platform/node/stream-transports.js"
import { nodeScheduler, nodeTimers } from "../../../src/platform/node/scheduler.js"
import { createContext } from "../../../src/sockets/context.js"
import { IoThreads } from "../../../src/transports/io/io-threads.js"
import type { ThreadData } from "../../../src/transports/io/thread-code.js"
import { nodeFeatures } from "../../../src/transports/authentication/node-features.js"
import { closing } from "../../support/closing.js"
import { limitOf, nextEvent } from "../../support/events.js"
import { FakeClock } from "../../support/fake-clock.js"
import { caught, texts } from "../../support/receiving.js"
import { RUNTIME } from "../../support/runtime.js"
import { settle } from "../../support/settle.js"
import { skip } from "../../support/skip.js"

const LOCAL = "tcp://127.0.0.1:*"
/** Delay before the endpoints of an ended thread are restored, in ms. */
const PAUSE = 100

const IN_USE = "in Deno, the port of a thread that was terminated is in use for a moment"
const GOES_ON = "in Deno, a thread that is terminated as it starts may go on"

/** A context whose only I/O thread and clock are controlled by the test. */
class Fixture {
  readonly clock = new FakeClock()
  readonly workers: Worker[] = []
  readonly context: Context
  /** Starts all following threads. */
  start: (data: ThreadData) => Worker = (data) => startIoThread(data)

  constructor() {
    const runtime = createRuntime(nodeScheduler, { clock: this.clock }, nodeTimers)
    const code = (data: ThreadData): Worker => {
      const worker = this.start(data)
      this.workers.push(worker)
      return worker
    }
    this.context = createContext(
      {
        ...nodePlatform,
        createIoThreads: ({ inproc }) => new IoThreads(inproc, streamTransports(), runtime, nodeFeatures, code),
      },
      { dedicatedIoThreads: 1 },
    )
  }

  /** Terminates the current thread. Resolves when the socket has been notified. */
  async kill(): Promise<void> {
    await this.workers.at(-1)!.terminate()
  }

  /** All following threads exit immediately. */
  failing(): void {
    this.start = (data) => {
      const worker = startIoThread(data)
      void worker.terminate()
      return worker
    }
  }

  /** All following threads work normally. */
  working(): void {
    this.start = (data) => startIoThread(data)
  }
}

const portOf = (endpoint: string): number => Number(new URL(endpoint).port)

/** Types and addresses of the socket's events about binding. */
function record({ events }: Socket): string[] {
  const names: string[] = []
  for (const type of ["bind", "bind:error", "close"] as const) {
    events.on(type, ({ address }) => names.push([type, address].join(" ").trim()))
  }
  return names
}

/** Resolves with the next event of `type`. The socket must have event listeners. */
function heard(socket: Socket, type: "bind" | "bind:error" | "close"): Promise<{ readonly error?: Error }> {
  return new Promise((resolve) => {
    const listener = (event: object): void => {
      socket.events.off(type, listener)
      resolve(event)
    }
    socket.events.on(type, listener)
  })
}

describe("endpoints whose I/O thread has ended", () => {
  const use = closing()
  let fixture: Fixture
  beforeEach(() => {
    fixture = new Fixture()
  })

  const bound = async (): Promise<{ pull: Pull; endpoint: string; address: string }> => {
    const pull = use(new Pull({ context: fixture.context }))
    await pull.bind(LOCAL)
    const endpoint = pull.lastEndpoint!
    return { pull, endpoint, address: endpoint.slice("tcp://".length) }
  }

  const hello = async (pull: Pull): Promise<void> => {
    const push = use(new Push())
    push.connect(pull.lastEndpoint!)
    await push.send("hello")
    expect(await texts(pull, 1)).to.deep.equal(["hello"])
  }

  /** Occupies the port with another server. */
  const take = async (port: number): Promise<Server> => {
    const server = createServer().listen(port, "127.0.0.1")
    await once(server, "listening")
    return server
  }

  describe("a binding", () => {
    it("reports its loss with the reason, and that it is bound again", async () => {
      const { pull, endpoint } = await bound()
      const names = record(pull)
      const lost = heard(pull, "close")
      await fixture.kill()
      expect((await lost).error).to.include({ code: "ECONNABORTED" })
      const again = heard(pull, "bind")
      fixture.clock.advance(PAUSE)
      await again
      expect(names).to.deep.equal([`close ${endpoint}`, `bind ${endpoint}`])
      await hello(pull)
    })

    it("reports each failure, and retries, while another server has its port", async function () {
      if (RUNTIME === "Deno") skip(this, IN_USE)
      const { pull, endpoint, address } = await bound()
      await fixture.kill()
      const server = use(await take(portOf(endpoint)))
      const names = record(pull)
      for (const pause of [PAUSE, PAUSE, 2 * PAUSE]) {
        const refused = heard(pull, "bind:error")
        fixture.clock.advance(pause)
        expect((await refused).error).to.include({ code: "EADDRINUSE" })
        await settle()
      }
      server.close()
      await once(server, "close")
      const again = heard(pull, "bind")
      fixture.clock.advance(4 * PAUSE)
      await again
      const failure = ["close", `bind:error ${address}`]
      expect(names).to.deep.equal([...failure, ...failure, ...failure, `bind ${endpoint}`])
      await hello(pull)
    })

    it("reports that the next thread ends before it is bound, and retries", async function () {
      if (RUNTIME === "Deno") skip(this, GOES_ON)
      const { pull, endpoint, address } = await bound()
      await fixture.kill()
      const names = record(pull)
      fixture.failing()
      const failed = heard(pull, "bind:error")
      fixture.clock.advance(PAUSE)
      expect((await failed).error).to.include({ code: "ECONNABORTED" })
      fixture.working()
      const again = heard(pull, "bind")
      fixture.clock.advance(2 * PAUSE)
      await again
      expect(names).to.deep.equal([`bind:error ${address}`, `bind ${endpoint}`])
      await hello(pull)
    })

    it("reports that the system has no thread for it, and retries", async () => {
      const { pull, endpoint, address } = await bound()
      await fixture.kill()
      const names = record(pull)
      fixture.start = () => {
        throw Object.assign(new Error("Worker initialization failure: EAGAIN"), { code: "ERR_WORKER_INIT_FAILED" })
      }
      const failed = heard(pull, "bind:error")
      fixture.clock.advance(PAUSE)
      expect(((await failed).error!.cause as Error).message).to.match(/initialization failure/)
      fixture.working()
      const again = heard(pull, "bind")
      fixture.clock.advance(2 * PAUSE)
      await again
      expect(names).to.deep.equal([`bind:error ${address}`, `bind ${endpoint}`])
    })

    it("stays unbound if bind has rejected", async function () {
      if (RUNTIME === "Deno") skip(this, GOES_ON)
      fixture.failing()
      const pull = use(new Pull({ context: fixture.context }))
      const names = record(pull)
      expect(await caught(pull.bind(LOCAL))).to.include({ code: "ECONNABORTED" })
      fixture.working()
      fixture.clock.advance(PAUSE)
      await pull.bind(LOCAL)
      expect(names).to.deep.equal([`bind ${pull.lastEndpoint!}`])
    })

    it("no longer counts what peers of the thread had sent before they left: it accepts others", async () => {
      const pull = use(new Pull({ context: fixture.context, receiveHighWaterBytes: 3000 }))
      await pull.bind(LOCAL)
      const push = use(new Push({ linger: 0 }))
      push.connect(pull.lastEndpoint!)
      await push.send(Buffer.alloc(3000))
      while (pull.stats().queued.in === 0) await settle()
      const gone = nextEvent(pull, "disconnect")
      push.close()
      await gone
      const turnedAway = nextEvent(pull, "accept:error")
      const other = use(new Push({ reconnectInterval: 1 }))
      other.connect(pull.lastEndpoint!)
      expect(limitOf(await turnedAway)).to.equal("messages of departed peers")
      await fixture.kill()
      fixture.clock.advance(PAUSE)
      await other.send("hello")
      expect((await texts(pull, 2))[1]).to.equal("hello")
    })

    it("is unbound while nothing is bound, and not bound later", async () => {
      const { pull, endpoint } = await bound()
      await fixture.kill()
      const names = record(pull)
      await pull.unbind(endpoint)
      fixture.clock.advance(PAUSE)
      // The second bind is answered after all earlier requests have been processed.
      await pull.bind(LOCAL)
      expect(names).to.deep.equal([`bind ${pull.lastEndpoint!}`])
    })

    it("is unbound after a failure to bind again, and not bound later", async function () {
      if (RUNTIME === "Deno") skip(this, IN_USE)
      const { pull, endpoint } = await bound()
      await fixture.kill()
      const server = use(await take(portOf(endpoint)))
      const refused = heard(pull, "bind:error")
      fixture.clock.advance(PAUSE)
      await refused
      await settle()
      await pull.unbind(endpoint)
      server.close()
      await once(server, "close")
      const names = record(pull)
      fixture.clock.advance(2 * PAUSE)
      await pull.bind(LOCAL)
      expect(names).to.deep.equal([`bind ${pull.lastEndpoint!}`])
    })

    it("is unbound while it is bound again", async () => {
      const { pull, endpoint } = await bound()
      await fixture.kill()
      fixture.clock.advance(PAUSE)
      const closed = heard(pull, "close")
      await pull.unbind(endpoint)
      await closed
      use(await take(portOf(endpoint)))
    })

    it("frees its address when the socket is closed while it is bound again", async () => {
      const { pull, endpoint } = await bound()
      await fixture.kill()
      fixture.clock.advance(PAUSE)
      pull.close()
      // A bind waits until addresses that are being released are free.
      const other = use(new Pull({ context: fixture.context }))
      await other.bind(endpoint)
    })

    it("reports that it was unbound, even if no socket is connected", async () => {
      const { pull, endpoint } = await bound()
      const names = record(pull)
      await pull.unbind(endpoint)
      expect(names).to.deep.equal([`close ${endpoint}`])
    })

    it("is unbound when the thread ends in the meantime", async () => {
      const { pull, endpoint } = await bound()
      const names = record(pull)
      const unbound = pull.unbind(endpoint)
      await fixture.kill()
      await unbound
      fixture.clock.advance(PAUSE)
      await pull.bind(LOCAL)
      expect(names).to.deep.equal([`close ${endpoint}`, `bind ${pull.lastEndpoint!}`])
    })
  })

  describe("a connection", () => {
    it("reports that the system has no thread for it, and retries", async () => {
      const pull = use(new Pull())
      await pull.bind(LOCAL)
      const push = use(new Push({ context: fixture.context }))
      push.connect(pull.lastEndpoint!)
      await nextEvent(push, "handshake")
      const first = nextEvent(push, "connect:retry")
      await fixture.kill()
      expect((await first).interval).to.equal(PAUSE)
      fixture.start = () => {
        throw Object.assign(new Error("Worker initialization failure: EAGAIN"), { code: "ERR_WORKER_INIT_FAILED" })
      }
      const second = nextEvent(push, "connect:retry")
      fixture.clock.advance(PAUSE)
      expect((await second).interval).to.equal(PAUSE)
      fixture.working()
      fixture.clock.advance(PAUSE)
      await push.send("hello")
      expect(await texts(pull, 1)).to.deep.equal(["hello"])
    })
  })
})
