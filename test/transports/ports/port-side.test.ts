import { expect } from "chai"
import type { Inproc } from "../../../src/transports/inproc/inproc.js"
import { Line } from "../../../src/transports/ports/port-line.js"
import { MAX_NAMES, marked, type PortMessage } from "../../../src/transports/ports/port-message.js"
import type { PortPipe } from "../../../src/transports/ports/port-pipe.js"
import { PortSide, type AnyPort, type SideHost } from "../../../src/transports/ports/port-side.js"

type Listener = (event: { readonly data?: unknown }) => void

/** A port whose other end is the test. */
class FakePort implements AnyPort {
  readonly posted: unknown[] = []
  readonly listeners = new Map<string, Listener>()
  closed = false

  postMessage(message: unknown): void {
    this.posted.push((message as unknown[]).slice(1))
  }

  addEventListener(type: string, listener: Listener): void {
    this.listeners.set(type, listener)
  }

  removeEventListener(type: string): void {
    this.listeners.delete(type)
  }

  start(): void {
    // Tests deliver messages with `say`.
  }

  close(): void {
    this.closed = true
  }

  say(...message: unknown[]): void {
    this.listeners.get("message")?.({ data: marked(message as unknown as PortMessage) })
  }

  take(): unknown[] {
    return this.posted.splice(0)
  }
}

/** A side without any bound sockets. */
function create() {
  const port = new FakePort()
  const events: string[] = []
  const routed: Line[] = []
  const host: SideHost = {
    inproc: { binder: () => undefined } as unknown as Inproc,
    nameBound: (name) => events.push(`bound ${name}`),
    route: (line) => routed.push(line),
    sideEnded: () => events.push("ended"),
  }
  const side = new PortSide(host, port)
  side.listen()
  return { side, port, events, routed }
}

/** A line whose pipe records its notifications. */
function line() {
  const told: string[] = []
  const made = new Line(() => undefined)
  made.request = { address: "name", self: { socketType: "PUSH", routingId: Buffer.alloc(0) } }
  made.pipe = {
    limits: {},
    accepted: () => told.push("accepted"),
    abandon: () => told.push("abandon"),
    reportAll: () => told.push("reportAll"),
    acknowledged: (count: number) => {
      told.push(`acknowledged ${count}`)
      return count < 10
    },
    take: (frames: Uint8Array[]) => told.push(`took ${frames.length}`),
    setRemoteLimits: () => told.push("limits"),
  } as unknown as PortPipe
  return { line: made, told }
}

const PEER = { socketType: "PULL", routingId: new Uint8Array(0) }

describe("PortSide", () => {
  it("posts nothing before it starts, because the other side could not detect its end", () => {
    const { side, port } = create()
    side.sendNames(["a", "b"])
    side.sendName("bound", "c")
    expect(port.take()).to.deep.equal([])
    side.start()
    expect(port.take()).to.deep.equal([
      ["names", ["a", "b"]],
      ["bound", "c"],
    ])
    side.sendName("released", "c")
    expect(port.take()).to.deep.equal([["released", "c"]])
  })

  it("does not announce names that the other side would reject: longer than 1,024 characters", () => {
    const { side, port } = create()
    side.start()
    side.sendNames(["x".repeat(1024), "x".repeat(1025)])
    side.sendName("bound", "x".repeat(1025))
    expect(port.take()).to.deep.equal([["names", ["x".repeat(1024)]]])
  })

  it("knows which names are bound on the other side", () => {
    const { side, port, events } = create()
    port.say("names", ["a", "b"])
    port.say("bound", "c")
    port.say("released", "a")
    expect([[...side.names], events]).to.deep.equal([
      ["b", "c"],
      ["bound a", "bound b", "bound c"],
    ])
  })

  it("leaves when the other side binds too many names", () => {
    const { side, port, events } = create()
    side.start()
    port.say(
      "names",
      Array.from({ length: MAX_NAMES }, (_, index) => String(index)),
    )
    expect(port.closed).to.equal(false)
    port.say("bound", "one more")
    expect([port.closed, events.at(-1), port.take()]).to.deep.equal([true, "ended", [["left"]]])
  })

  it("requests pipes, each with its own number, and passes on the messages of the other side about them", () => {
    const { side, port } = create()
    side.start()
    const [one, two] = [line(), line()]
    side.request(one.line)
    side.request(two.line)
    expect(port.take().map((message) => (message as unknown[]).slice(0, 4))).to.deep.equal([
      ["open", true, 0, "name"],
      ["open", true, 1, "name"],
    ])
    port.say("accepted", false, 1, PEER, {})
    port.say("message", false, 1, [new Uint8Array(1)])
    port.say("acknowledged", false, 1, 3)
    port.say("limits", false, 1, {})
    port.say("end", false, 1)
    port.say("message", false, 1, [new Uint8Array(1)])
    expect([one.told, two.told]).to.deep.equal([[], ["accepted", "took 1", "acknowledged 3", "limits", "abandon"]])
  })

  it("routes a refused request again, and forgets the name", () => {
    const { side, port, routed } = create()
    port.say("bound", "name")
    const { line: request } = line()
    side.request(request)
    port.say("refused", false, 0)
    expect([routed, request.side, [...side.names]]).to.deep.equal([[request], undefined, []])
  })

  for (const [what, ...message] of [
    ["a message on a pipe that it has not accepted", "message", false, 0, [new Uint8Array(1)]],
    ["an invalid message", "message", false, 0, "text"],
  ] as const) {
    it(`leaves when the other side sends ${what}`, () => {
      const { side, port } = create()
      side.request(line().line)
      port.say(...message)
      expect(port.closed).to.equal(true)
    })
  }

  it("leaves when the other side has received more messages than were sent", () => {
    const { side, port } = create()
    side.request(line().line)
    port.say("accepted", false, 0, PEER, {})
    port.say("acknowledged", false, 0, 10)
    expect(port.closed).to.equal(true)
  })

  it("ignores messages of others on the same port", () => {
    const { port, events } = create()
    for (const data of [undefined, "text", ["left"], { kind: "left" }]) port.listeners.get("message")!({ data })
    expect([port.closed, events]).to.deep.equal([false, []])
  })

  it("rejects pipes to names that are not bound", () => {
    const { side, port } = create()
    side.start()
    port.say("open", true, 5, "nobody", PEER, {})
    expect(port.take()).to.deep.equal([["refused", false, 5]])
  })

  it("ends pipes with the port, and routes requests that were not answered again", () => {
    for (const end of ["left", "close"]) {
      const { side, port, events, routed } = create()
      const [accepted, waiting] = [line(), line()]
      side.request(accepted.line)
      side.request(waiting.line)
      port.say("accepted", false, 0, PEER, {})
      if (end === "left") port.say("left")
      else port.listeners.get("close")!({})
      expect([accepted.told, waiting.told, routed]).to.deep.equal([["accepted", "abandon"], [], [waiting.line]])
      expect([events, port.listeners.size]).to.deep.equal([["ended"], 0])
      side.leave()
      expect(events).to.deep.equal(["ended"])
    }
  })

  it("reports what was received before it leaves", () => {
    const { side, port } = create()
    const { line: pipe, told } = line()
    side.request(pipe)
    port.say("accepted", false, 0, PEER, {})
    side.leave()
    expect([told, port.take().at(-1), port.closed]).to.deep.equal([
      ["accepted", "reportAll", "abandon"],
      ["left"],
      true,
    ])
    side.sendName("bound", "late")
    expect(port.take()).to.deep.equal([])
  })
})
