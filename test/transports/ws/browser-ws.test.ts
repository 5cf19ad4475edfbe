import { expect } from "chai"
import { once } from "node:events"
import { createServer, type AddressInfo, type Socket as Connection } from "node:net"
import { Dealer, Pull, Push, Router, Subscriber, XPublisher } from "../../../src/index.js"
import { nodePlatform } from "../../../src/platform/node/index.js"
import { browserWs } from "../../../src/transports/ws/browser-ws.js"
import { closing } from "../../support/closing.js"
import { nextEvent } from "../../support/events.js"
import { caught, texts } from "../../support/receiving.js"
import { WebSocket } from "../../support/ws.js"

const LOCAL = "ws://127.0.0.1:*"

/** Browsers do not require listeners for errors. */
class BrowserWebSocket extends WebSocket {
  constructor(url: string, protocol: string) {
    super(url, protocol)
    this.on("error", () => undefined)
  }
}

/** Runs `task` with the browser's implementation of `ws://`. */
function inBrowser<T>(task: () => T): T {
  const own = nodePlatform.transports.get("ws")!
  nodePlatform.transports.set("ws", browserWs("ws"))
  try {
    return task()
  } finally {
    nodePlatform.transports.set("ws", own)
  }
}

describe("ws:// over a browser's WebSocket", () => {
  const use = closing()
  const own = Object.getOwnPropertyDescriptor(globalThis, "WebSocket")

  function provide(WebSocketClass: unknown): void {
    Object.defineProperty(globalThis, "WebSocket", { value: WebSocketClass, configurable: true, writable: true })
  }

  beforeEach(() => {
    provide(BrowserWebSocket)
  })

  after(() => {
    if (own === undefined) delete (globalThis as { WebSocket?: unknown }).WebSocket
    else Object.defineProperty(globalThis, "WebSocket", own)
  })

  function connect(socket: Dealer | Push | Subscriber, endpoint: string): void {
    inBrowser(() => {
      socket.connect(endpoint)
    })
  }

  it("transfers messages of many frames and sizes in both directions, in order", async () => {
    const [router, dealer] = [use(new Router()), use(new Dealer({ routingId: "page" }))]
    await router.bind(LOCAL)
    connect(dealer, router.lastEndpoint!)
    for (const size of [0, 1, 300, 100_000]) {
      await dealer.send(["a", Buffer.alloc(size, 7)])
      const [id, a, body] = await router.receive()
      expect([String(id), String(a), body!.equals(Buffer.alloc(size, 7))]).to.deep.equal(["page", "a", true])
      await router.send([id!, body!, "b"])
      const [back, b] = await dealer.receive()
      expect([body!.equals(back!), Buffer.from(b!).toString()]).to.deep.equal([true, "b"])
    }
  })

  it("transfers subscriptions", async () => {
    const [publisher, subscriber] = [use(new XPublisher()), use(new Subscriber())]
    await publisher.bind(LOCAL)
    subscriber.subscribe("a")
    connect(subscriber, publisher.lastEndpoint!)
    expect(await texts(publisher, 1)).to.deep.equal(["\x01a"])
    for (const text of ["b", "a"]) await publisher.send(text)
    expect((await subscriber.receive()).map((frame) => Buffer.from(frame).toString())).to.deep.equal(["a"])
  })

  it("loses no messages beyond the high-water marks and the buffer of a WebSocket", async () => {
    const [push, pull] = [use(new Push({ sendHighWaterMark: 2 })), use(new Pull({ receiveHighWaterMark: 2 }))]
    await pull.bind(LOCAL)
    connect(push, pull.lastEndpoint!)
    const bodies = Array.from({ length: 40 }, (_, index) => Buffer.alloc(200_000, index))
    const sending = (async () => {
      for (const body of bodies) await push.send(body)
    })()
    for (const body of bodies) expect((await pull.receive())[0]!.equals(body)).to.equal(true)
    await sending
  })

  it("sends queued messages before it closes", async () => {
    const [push, pull] = [new Push(), use(new Pull())]
    await pull.bind(LOCAL)
    connect(push, pull.lastEndpoint!)
    for (const text of ["a", "b", "c"]) await push.send(text)
    push.close()
    expect(await texts(pull, 3)).to.deep.equal(["a", "b", "c"])
  })

  it("reconnects when the connection is lost", async () => {
    const first = use(new Pull())
    await first.bind(LOCAL)
    const endpoint = first.lastEndpoint!
    const push = use(new Push({ reconnectInterval: 1 }))
    connect(push, endpoint)
    await push.send("1")
    expect(await texts(first, 1)).to.deep.equal(["1"])
    const lost = nextEvent(push, "disconnect")
    await first.unbind(endpoint)
    await lost
    const second = use(new Pull())
    await second.bind(endpoint)
    await push.send("2")
    expect(await texts(second, 1)).to.deep.equal(["2"])
  })

  it("retries if no server listens", async () => {
    const free = use(new Pull())
    await free.bind(LOCAL)
    const endpoint = free.lastEndpoint!
    await free.unbind(endpoint)
    const push = use(new Push({ reconnectInterval: 1 }))
    const retried = nextEvent(push, "connect:retry")
    connect(push, endpoint)
    await retried
  })

  it("retries if the page is not allowed to create the WebSocket", async () => {
    provide(function () {
      throw new DOMException("An insecure WebSocket from a page over HTTPS", "SecurityError")
    })
    const push = use(new Push({ reconnectInterval: 1 }))
    const closed = nextEvent(push, "close")
    connect(push, "ws://127.0.0.1:1")
    await closed
    await nextEvent(push, "connect:retry")
  })

  it("cancels a pending attempt on disconnect", async () => {
    const connections: Connection[] = []
    const server = createServer((connection) => connections.push(connection)).listen(0, "127.0.0.1")
    await once(server, "listening")
    const endpoint = `ws://127.0.0.1:${(server.address() as AddressInfo).port}`
    const push = use(new Push())
    const arrived = once(server, "connection")
    connect(push, endpoint)
    await arrived
    const gone = once(connections[0]!.resume(), "close")
    push.disconnect(endpoint)
    await gone
    server.close()
  })

  it("does not accept connections: ENOTSUP", async () => {
    const pull = use(new Pull())
    expect(await caught(inBrowser(() => pull.bind(LOCAL)))).to.include({ code: "ENOTSUP" })
    expect(() => {
      inBrowser(() => {
        pull.bindSync(LOCAL)
      })
    })
      .to.throw()
      .that.includes({ code: "ENOTSUP" })
  })

  it("connects to a path that URLs escape, with a query for others to read", async () => {
    const pull = use(new Pull())
    await pull.bind(`${LOCAL}/\u00e4 b`)
    const push = use(new Push())
    connect(push, `ws://${new URL(pull.lastEndpoint!).host}/\u00e4 b?token=a/b`)
    await push.send("a")
    expect(await texts(pull, 1)).to.deep.equal(["a"])
  })

  for (const endpoint of ["ws://page.example", "ws://page.example/feed?token=a", "ws://[::1]/feed"]) {
    it(`connects to ${endpoint}, on the default port of HTTP`, () => {
      const urls: string[] = []
      provide(function (url: string) {
        urls.push(url)
        return { close: () => undefined }
      })
      const push = use(new Push())
      connect(push, endpoint)
      expect(urls).to.deep.equal([endpoint])
      push.disconnect(endpoint)
    })
  }

  describe("a WebSocket that fails", () => {
    interface Fake {
      onerror: () => void
      onclose: (event: { code: number }) => void
    }
    const fakes: Fake[] = []
    const target = new EventTarget()
    const methods = ["addEventListener", "removeEventListener"] as const

    beforeEach(() => {
      fakes.length = 0
      provide(function (this: Fake) {
        fakes.push(this)
        Object.assign(this, { close: () => undefined })
      })
      for (const name of methods) Object.assign(globalThis, { [name]: target[name].bind(target) })
    })

    afterEach(() => {
      for (const name of methods) Reflect.deleteProperty(globalThis, name)
    })

    /** The error of the current attempt, after `fail` has made it fail. */
    async function failing(
      push: Push,
      fail: (fake: Fake) => void,
    ): Promise<Error & { code?: string; cause?: unknown }> {
      const closed = nextEvent(push, "close")
      fail(fakes.at(-1)!)
      return (await closed).error!
    }

    it("is retried even if it does not close, as when the page's policy has blocked it", async () => {
      const push = use(new Push({ reconnectInterval: 1 }))
      connect(push, "ws://page.example:81/feed")
      const error = await failing(push, ({ onerror }) => {
        const violation = new Event("securitypolicyviolation")
        target.dispatchEvent(
          Object.assign(violation, { effectiveDirective: "connect-src", blockedURI: "ws://page.example:81" }),
        )
        onerror()
      })
      expect(error).to.include({ code: "EACCES" })
      expect((error.cause as Error).message).to.equal(
        "Blocked by the page's Content Security Policy: add ws://page.example:81 to its connect-src directive",
      )
      await nextEvent(push, "connect:delay")
      expect(fakes).to.have.length(2)
      const other = await failing(push, ({ onerror }) => {
        const violation = new Event("securitypolicyviolation")
        target.dispatchEvent(Object.assign(violation, { effectiveDirective: "connect-src", blockedURI: "ws://other" }))
        onerror()
      })
      expect(other).to.include({ code: "ECONNABORTED" })
    })

    it("reports as much as a browser reveals, once", async () => {
      const push = use(new Push({ reconnectInterval: 1 }))
      connect(push, "ws://page.example/feed")
      const error = await failing(push, ({ onerror, onclose }) => {
        onerror()
        onclose({ code: 1006 })
      })
      expect(error).to.include({ code: "ECONNABORTED", closeCode: 1006 })
      expect((error.cause as Error).message).to.match(
        /^Cannot open a WebSocket to ws:\/\/page\.example\/feed\. Browsers do not report the reason/,
      )
    })

    it("is retried at increasing intervals, up to 30 s, and immediately when the browser is online again", async () => {
      const push = use(new Push({ reconnectInterval: 20_000 }))
      const retries: number[] = []
      connect(push, "ws://page.example/feed")
      for (let attempt = 0; attempt < 3; attempt++) {
        const retry = nextEvent(push, "connect:retry")
        fakes.at(-1)!.onclose({ code: 1006 })
        retries.push((await retry).interval)
        target.dispatchEvent(new Event("online"))
        expect(fakes).to.have.length(attempt + 2)
      }
      // Being online again resets the interval each time.
      for (const interval of retries) expect(interval).to.be.within(20_000, 40_000)
      const growing = use(new Push({ reconnectInterval: 1 }))
      connect(growing, "ws://page.example/feed")
      let last = 0
      for (let attempt = 0; attempt < 6; attempt++) {
        const retry = nextEvent(growing, "connect:retry")
        fakes.at(-1)!.onclose({ code: 1006 })
        last = (await retry).interval
        await nextEvent(growing, "connect:delay")
      }
      expect(last).to.be.at.least(32)
      growing.close()
      push.close()
      target.dispatchEvent(new Event("online"))
    })
  })

  for (const endpoint of [
    "ws://",
    "ws://127.0.0.1:",
    "ws://127.0.0.1:/feed",
    "ws://127.0.0.1:x",
    "ws://127.0.0.1:70000",
    "ws://:80",
    "ws://127.0.0.1:80/#x",
    "ws://127.0.0.1:80/?x#y",
    "ws://127.0.0.1:80?x",
    "ws://127.0.0.1?x:80/",
    "ws://127.0.\n0.1:80/",
    "ws://127.0.0.1:80/a\tb",
    "ws://127.0.0.1:80/a\0b",
  ]) {
    it(`rejects connecting to ${JSON.stringify(endpoint)}: EINVAL`, () => {
      const push = use(new Push())
      expect(() => {
        connect(push, endpoint)
      })
        .to.throw()
        .that.includes({ code: "EINVAL" })
    })
  }
})
