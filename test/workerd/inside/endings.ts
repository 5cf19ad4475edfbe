// Runs in Cloudflare's runtime with the published build: what a Worker cannot do, and how its sockets end.
import { expect } from "chai"
import { Context, Dealer, Pair, Pull, Push, Router, Subscriber, type Socket } from "zmtp"

interface Failure {
  readonly code: string
  readonly message: string
  readonly cause?: Error
}

/** The error of `action`. */
async function failure(action: () => unknown): Promise<Failure> {
  try {
    await action()
  } catch (error) {
    return error as Failure
  }
  throw new Error("It did not fail")
}

function closed(...sockets: Socket[]): void {
  for (const socket of sockets) {
    socket.linger = 0
    socket.close()
  }
}

function streams(): [never, never] {
  const [there, back] = [new TransformStream<Uint8Array, Uint8Array>(), new TransformStream<Uint8Array, Uint8Array>()]
  return [
    { readable: back.readable, writable: there.writable },
    { readable: there.readable, writable: back.writable },
  ] as never
}

describe("workerd", () => {
  it("rejects bind: ENOTSUP says to bind the other side", async () => {
    const pull = new Pull()
    const { code, cause } = await failure(() => pull.bind("tcp://127.0.0.1:*"))
    expect(code).to.equal("ENOTSUP")
    expect(cause?.message).to.equal("Workers cannot listen: bind the other side, and connect from the Worker")
    expect(
      (
        await failure(() => {
          pull.bindSync("tcp://127.0.0.1:*")
        })
      ).code,
    ).to.equal("ENOTSUP")
    closed(pull)
  })

  for (const endpoint of [
    "ipc:///tmp/socket",
    "ws://127.0.0.1:80/",
    "wss://example.com/",
    "epgm://lo;239.0.0.1:5555",
  ]) {
    it(`rejects ${endpoint} to bind and to connect: EPROTONOSUPPORT says what to use`, async () => {
      const subscriber = new Subscriber()
      for (const action of [
        () => subscriber.bind(endpoint),
        () => {
          subscriber.connect(endpoint)
        },
      ]) {
        const { code, cause } = await failure(action)
        expect(code).to.equal("EPROTONOSUPPORT")
        const scheme = /^\w+/.exec(endpoint)![0]
        expect(cause?.message).to.equal(
          `Invalid endpoint "${endpoint}": Workers cannot use ${scheme}://; connect to a tcp:// endpoint, or attach a stream`,
        )
      }
      closed(subscriber)
    })
  }

  it("rejects what is not a stream, such as a process: EINVAL says what is one", async () => {
    const pair = new Pair()
    const { code, message } = await failure(() => pair.attach({ pid: 1, send: () => true } as never))
    expect(code).to.equal("EINVAL")
    expect(message).to.equal("Invalid stream: expected a Duplex, { readable, writable }, or a message port, got Object")
    closed(pair)
  })

  for (const [option, value, feature] of [
    ["tcpKeepalive", 1, "tcp"],
    ["socksProxy", "127.0.0.1:1080", "tcp"],
    ["backlog", 5, "listening"],
    ["webSocketOrigin", "*", "listening"],
    ["rate", 5, "multicast"],
  ] as const) {
    it(`rejects the option ${option}, which needs ${feature}: ENOTSUP`, async () => {
      const push = new Push()
      const { code, message } = await failure(() => Object.assign(push, { [option]: value }))
      expect(code).to.equal("ENOTSUP")
      expect(message).to.equal(`Option "${option}" requires ${feature}, which this platform does not support`)
      closed(push)
    })
  }
})

describe("workerd: sockets", () => {
  it("deliver messages sent before close", async () => {
    const [near, far] = streams()
    const [push, pull] = [new Push(), new Pull()]
    const accepting = pull.attach(far, { role: "accept" })
    await Promise.all([push.attach(near), accepting])
    for (let number = 0; number < 100; number++) await push.send(String(number))
    push.close()
    const received: string[] = []
    while (received.length < 100) received.push(new TextDecoder().decode((await pull.receive())[0]))
    expect(received.at(-1)).to.equal("99")
    closed(pull)
  })

  it("reject pending calls when they close (EAGAIN), and later calls (EBADF)", async () => {
    const pull = new Pull()
    const waiting = failure(() => pull.receive())
    pull.close()
    expect((await waiting).code).to.equal("EAGAIN")
    expect((await failure(() => pull.receive())).code).to.equal("EBADF")
  })

  it("time out: EAGAIN", async () => {
    const [pull, push] = [new Pull({ receiveTimeout: 20 }), new Push({ sendTimeout: 20 })]
    expect((await failure(() => pull.receive())).code).to.equal("EAGAIN")
    expect((await failure(() => push.send("nobody"))).code).to.equal("EAGAIN")
    closed(pull, push)
  })

  it("notice a peer that closes its socket", async () => {
    const [near, far] = streams()
    const router = new Router()
    const accepting = router.attach(far, { role: "accept" })
    const dealer = new Dealer({ routingId: "peer" })
    const [, attachment] = await Promise.all([dealer.attach(near), accepting])
    expect(router.stats().peers).to.equal(1)
    closed(dealer)
    expect((await attachment.closed).reason).to.equal("peer")
    expect(router.stats().peers).to.equal(0)
    closed(router)
  })

  it("close at the end of a block with using", () => {
    const own = new Context({ maxSockets: 1 })
    for (let request = 0; request < 3; request++) {
      using socket = new Push({ context: own })
      expect(socket.closed).to.equal(false)
    }
  })
})
