import { expect } from "chai"
import { once, type EventEmitter } from "node:events"
import { MessageChannel } from "node:worker_threads"
import { Context, joinContext, Pull, Push } from "../../src/browser-node.js"
import type { AnyPort } from "../../src/transports/ports/port-side.js"
import { closing } from "../support/closing.js"
import { caught, texts, thrown } from "../support/receiving.js"

const EXPECTED = "Invalid port: expected a MessagePort, a Worker, or self in a worker"

/** DOM-style ports, as created by Node's global `MessageChannel`. */
const ports = (): [AnyPort, AnyPort] => {
  const { port1, port2 } = new MessageChannel()
  return [port1 as unknown as AnyPort, port2 as unknown as AnyPort]
}

describe("joinContext", () => {
  const use = closing()

  it("lets sockets of two contexts connect by name, until the link is closed", async () => {
    const [near, far] = [new Context(), new Context()]
    const [one, two] = ports()
    const link = use(joinContext(near, one))
    use(joinContext(far, two))
    const pull = use(new Pull({ context: near }))
    await pull.bind("inproc://join-context")
    const push = use(new Push({ context: far }))
    push.connect("inproc://join-context")
    await push.send("hello")
    expect(await texts(pull, 1)).to.deep.equal(["hello"])
    const other = use(new Pull({ context: far }))
    expect((await caught(other.bind("inproc://join-context"))).code).to.equal("EADDRINUSE")
    const ended = once(two as unknown as EventEmitter, "close")
    link.close()
    await ended
    await other.bind("inproc://join-context")
  })

  it("links one context to several others, which do not see each other", async () => {
    const [middle, left, right] = [new Context(), new Context(), new Context()]
    for (const side of [left, right]) {
      const [one, two] = ports()
      use(joinContext(middle, one))
      use(joinContext(side, two))
    }
    const pull = use(new Pull({ context: middle }))
    await pull.bind("inproc://middle")
    const pushes = [left, right].map((context) => use(new Push({ context })))
    for (const [index, push] of pushes.entries()) {
      push.connect("inproc://middle")
      await push.send(String(index))
    }
    expect((await texts(pull, 2)).sort()).to.deep.equal(["0", "1"])
    await use(new Pull({ context: left })).bind("inproc://same")
    await use(new Pull({ context: right })).bind("inproc://same")
  })

  for (const [kind, port] of [
    ["undefined", undefined],
    ["null", null],
    ["string", "port"],
    ["Object", { postMessage: () => undefined }],
    [
      "BroadcastChannel; it can have more than two ends; use a MessageChannel for each pair",
      { constructor: { name: "BroadcastChannel" } },
    ],
  ] as const) {
    it(`rejects what is not a port: ${kind.split(";")[0]!}`, () => {
      const error = thrown(() => joinContext(new Context(), port as unknown as AnyPort))
      expect(error).to.be.instanceOf(TypeError)
      expect(error.message).to.equal(`${EXPECTED}, got ${kind}`)
    })
  }

  it("rejects a window, and names the way to join a page", () => {
    const window: Record<string, unknown> = {}
    window["window"] = window
    expect(thrown(() => joinContext(new Context(), window as unknown as AnyPort)).message).to.equal(
      `${EXPECTED}, got Object; to join a page or frame, create a MessageChannel and send one of its ports with postMessage`,
    )
  })

  it("rejects an object that has a port, and names the property", () => {
    const [port] = ports()
    expect(thrown(() => joinContext(new Context(), { port } as unknown as AnyPort)).message).to.equal(
      `${EXPECTED}, got Object; pass its \`port\` property`,
    )
  })
})
