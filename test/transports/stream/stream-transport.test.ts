import { expect } from "chai"
import { Pull, Push, Router, type Event, type Socket } from "../../../src/index.js"
import { BindBench } from "../../support/binding.js"
import { closing } from "../../support/closing.js"
import { caught, thrown } from "../../support/receiving.js"
import { settle } from "../../support/settle.js"

const error = (code: string): Error => Object.assign(new Error(code), { code })

describe("StreamTransport", () => {
  const use = closing()

  function eventsOf(socket: Socket): Event[] {
    const events: Event[] = []
    void (async () => {
      for await (const event of socket.events) events.push(event)
    })()
    return events
  }

  it("binds asynchronously and synchronously", async () => {
    const bench = new BindBench()
    const pull = use(new Pull({ context: bench.context }))
    await pull.bind("bound://one")
    pull.bindSync("bound://two")
    expect(bench.servers.map(({ endpoint }) => endpoint)).to.deep.equal(["bound://one", "bound://two"])
    expect(pull.lastEndpoint).to.equal("bound://two")
  })

  for (const [code, expected] of [
    ["EADDRINUSE", ["close", "bind:error"]],
    ["EINVAL", ["bind:error"]],
    ["ENODEV", ["bind:error"]],
  ] as const) {
    it(`emits the events of libzmq if binding fails: ${code}`, async () => {
      const listen = (): Promise<never> => Promise.reject(error(code))
      const listenSync = (): never => {
        throw error(code)
      }
      const { context } = new BindBench({ listen, listenSync })
      const pull = use(new Pull({ context }))
      const events = eventsOf(pull)
      expect((await caught(pull.bind("bound://server"))).code).to.equal(code)
      expect(
        thrown(() => {
          pull.bindSync("bound://server")
        }).code,
      ).to.equal(code)
      await settle()
      expect(events.map(({ type }) => type)).to.deep.equal([...expected, ...expected])
      expect(events.find(({ type }) => type === "bind:error")).to.deep.include({ address: "server" })
    })
  }

  it("checks addresses and security before it connects or binds", async () => {
    const checked: string[] = []
    const { context, servers } = new BindBench({
      check: (address) => {
        checked.push(address)
        if (address === "wrong") throw error("EINVAL")
      },
    })
    const push = use(new Push({ context }))
    push.connect("bound://right")
    expect(
      thrown(() => {
        push.connect("bound://wrong")
      }).code,
    ).to.equal("EINVAL")
    expect(checked).to.deep.equal(["right", "wrong"])
    const pull = use(new Pull({ context, curveServer: true }))
    expect((await caught(pull.bind("bound://server"))).code).to.equal("EINVAL")
    expect(servers).to.deep.equal([])
  })

  it("follows a name only if the option is set, and not with a routing id, which identifies one peer", () => {
    const dialled: string[] = []
    const { context } = new BindBench({
      dial: (address) => {
        dialled.push(address)
        return { cancel: () => undefined }
      },
      expansion: () => ({ expand: () => () => undefined }) as never,
    })
    use(new Push({ context })).connect("bound://name")
    expect(dialled).to.deep.equal(["name"])
    const router = use(new Router({ context, resolveInterval: 1000 }))
    const failure = thrown(() => {
      router.connect("bound://name", { routingId: "peer" })
    })
    expect(failure).to.include({ code: "EINVAL", address: "bound://name" })
    expect((failure.cause as Error).message).to.equal(
      "A routing id identifies one peer and cannot be combined with resolveInterval",
    )
  })
})
