import { expect } from "chai"
import { MessageChannel } from "node:worker_threads"
import { Channel, Peer } from "../../src/draft.js"
import { Context, Dealer, Pair, Router } from "../../src/index.js"
import { joinContext } from "../../src/sockets/join-context.js"
import type { AnyPort } from "../../src/transports/ports/port-side.js"
import { closing } from "../support/closing.js"
import { freeInproc, SocketFolder } from "../support/endpoints.js"
import { codeOf } from "../support/messages.js"
import { texts } from "../support/receiving.js"
import { Thread } from "../support/threads.js"

/** Two contexts that share their names, or the same context twice. */
type Contexts = readonly [here: Context, there: Context]

function oneContext(): Contexts {
  const context = new Context()
  return [context, context]
}

const folder = new SocketFolder()

/** The transport of the bound socket, and whether it is bound before or after the other one connects. */
const PLACES: readonly { name: string; endpoint: () => string; first: "bind" | "connect" }[] = [
  { name: "inproc, bound first", endpoint: freeInproc, first: "bind" },
  { name: "inproc, connected first", endpoint: freeInproc, first: "connect" },
  { name: "a port, bound first", endpoint: freeInproc, first: "bind" },
  { name: "a port, connected first", endpoint: freeInproc, first: "connect" },
  { name: "tcp", endpoint: () => "tcp://127.0.0.1:*", first: "bind" },
  { name: "ipc", endpoint: () => `ipc://${folder.next()}`, first: "bind" },
  { name: "ws", endpoint: () => "ws://127.0.0.1:*", first: "bind" },
]

describe("a socket that accepts no second peer", () => {
  const use = closing()
  after(() => folder.close())

  function contextsFor(place: string): Contexts {
    if (!place.startsWith("a port")) return oneContext()
    const contexts = [new Context(), new Context()] as const
    const { port1, port2 } = new MessageChannel()
    for (const [index, port] of [port1, port2].entries()) {
      use(joinContext(contexts[index]!, port as unknown as AnyPort))
    }
    return contexts
  }

  for (const Type of [Pair, Channel]) {
    for (const { name, endpoint, first } of PLACES) {
      it(`leaves nothing behind when it connects three times: ${Type.name} over ${name}`, async () => {
        const [here, there] = contextsFor(name)
        const make = (context: Context): Pair => use(new Type({ context, linger: 0 }) as Pair)
        const [paired, partner, bound] = [make(here), make(here), make(there)]
        let accepted = 0
        bound.events.on("accept", () => accepted++)
        await partner.bind("inproc://partner")
        paired.connect("inproc://partner")
        let address = endpoint()
        const bind = async (): Promise<void> => {
          await bound.bind(address)
          address = bound.lastEndpoint!
        }
        if (first === "bind") await bind()
        for (let count = 0; count < 3; count++) paired.connect(address)
        if (first === "connect") await bind()
        const next = make(here)
        next.connect(address)
        await next.send("now it is free")
        expect(await texts(bound, 1)).to.deep.equal(["now it is free"])
        expect([paired, partner, bound, next].map((socket) => socket.stats().peers)).to.deep.equal([1, 1, 1, 1])
        expect(accepted).to.equal(/inproc|port/.test(name) ? 0 : 1)
        // Rejected connections are removed, as in libzmq over inproc.
        expect(codeOf(() => paired.disconnect(address))).to.equal("ENOENT")
      })
    }
  }

  it("leaves nothing behind when it connects three times to another thread", async () => {
    const name = freeInproc()
    const thread = use(
      new Thread(
        `const bound = new zmq.Pair()
         await bound.bind(data)
         say("bound")
         say(String(await bound.receive()))
         say(bound.stats().peers)
         await told()`,
        { data: name },
      ),
    )
    await thread.said()
    const [paired, partner, next] = [use(new Pair()), use(new Pair()), use(new Pair())]
    await partner.bind(`${name}-partner`)
    paired.connect(`${name}-partner`)
    for (let count = 0; count < 3; count++) paired.connect(name)
    expect(codeOf(() => paired.disconnect(name))).to.equal("ENOENT")
    // There is no room for the next peer until the other thread knows that each rejected pipe has ended.
    while (next.stats().peers === 0) {
      next.connect(name)
      await new Promise((resolve) => setImmediate(resolve))
    }
    await next.send("now it is free")
    expect([await thread.said(), await thread.said()]).to.deep.equal(["now it is free", 1])
    expect(paired.stats().peers).to.equal(1)
  })
})

describe("a peer that a connected socket rejects over inproc", () => {
  const use = closing()

  it("is removed at both ends, with its endpoint: a ROUTER has a peer of that routing id", async () => {
    const names = [freeInproc(), freeInproc()]
    const dealers = names.map(() => use(new Dealer({ routingId: "same" })))
    for (const [index, dealer] of dealers.entries()) await dealer.bind(names[index]!)
    const router = use(new Router())
    for (const name of names) router.connect(name)
    expect([router, ...dealers].map((socket) => socket.stats().peers)).to.deep.equal([1, 1, 0])
    expect(codeOf(() => router.disconnect(names[1]!))).to.equal("ENOENT")
    router.disconnect(names[0]!)
    expect([router, ...dealers].map((socket) => socket.stats().peers)).to.deep.equal([0, 0, 0])
  })

  it("is removed with its endpoint when the application disconnects a PEER by number", async () => {
    const name = freeInproc()
    const [bound, connected] = [use(new Peer()), use(new Peer())]
    await bound.bind(name)
    connected.disconnectPeer(connected.connectPeer(name))
    expect([bound.stats().peers, connected.stats().peers]).to.deep.equal([0, 0])
    expect(codeOf(() => connected.disconnect(name))).to.equal("ENOENT")
  })
})
