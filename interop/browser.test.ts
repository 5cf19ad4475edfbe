import { expect } from "chai"
import { once } from "node:events"
import { createServer, type Server } from "node:http"
import type { AddressInfo } from "node:net"
import type { Browser, Page } from "playwright-core"
import type * as entry from "../src/browser.js"
import * as zmtp from "../src/index.js"
import { skip } from "../test/support/skip.js"
import { bundle, CHROMIUM, launch } from "./support/browser.js"
import { RemoteProcess } from "./support/remote.js"
import { closeAll, closing } from "./support/sockets.js"

/** Replies to requests of the page that has created it. */
const WORKER = `
  importScripts("/zmtp.js")
  zmtp.joinContext(zmtp.context, self)
  const reply = new zmtp.Reply()
  reply.bindSync("inproc://worker")
  void (async () => {
    for await (const [question] of reply) {
      await reply.send("worker heard " + new TextDecoder().decode(question))
    }
  })()`

/** Sends a message to each page that connects to this SharedWorker. */
const SHARED_WORKER = `
  importScripts("/zmtp.js")
  const push = new zmtp.Push()
  push.bindSync("inproc://shared")
  onconnect = ({ ports }) => {
    zmtp.joinContext(zmtp.context, ports[0])
    push.send("from the shared worker")
  }`

/** Receives a message through a port, and posts it to the page. */
const PORT_WORKER = `
  importScripts("/zmtp.js")
  onmessage = ({ ports: [port] }) => {
    zmtp.joinContext(zmtp.context, port)
    const pull = new zmtp.Pull()
    pull.bindSync("inproc://killed")
    pull.receive().then(([text]) => postMessage(new TextDecoder().decode(text)))
  }`

/** Replies to requests of the surrounding page through a port. */
const FRAME = `<!doctype html><script src="/zmtp.js"></script><script>
  onmessage = async ({ ports: [port] }) => {
    zmtp.joinContext(zmtp.context, port)
    const reply = new zmtp.Reply()
    reply.bindSync("inproc://frame")
    for await (const [question] of reply) await reply.send("frame heard " + new TextDecoder().decode(question))
  }
</script>`

/** Global names in the page, where the functions passed to `evaluate` run. */
interface PageScope {
  zmtp: typeof entry
}

describe("in Chromium", function () {
  this.timeout(60_000)
  let browser: Browser
  let server: Server
  let page: Page

  before(async function () {
    if (CHROMIUM === undefined) skip(this, "no Chromium")
    const files: Record<string, [type: string, body: string]> = {
      "/": ["text/html", `<!doctype html><script src="/zmtp.js"></script>`],
      "/zmtp.js": ["text/javascript", await bundle()],
      "/worker.js": ["text/javascript", WORKER],
      "/shared-worker.js": ["text/javascript", SHARED_WORKER],
      "/port-worker.js": ["text/javascript", PORT_WORKER],
      "/frame": ["text/html", FRAME],
    }
    server = createServer(({ url = "/" }, response) => {
      const file = files[url]
      response.writeHead(file === undefined ? 404 : 200, { "Content-Type": file?.[0] ?? "text/plain" })
      response.end(file?.[1])
    })
    server.listen(0, "127.0.0.1")
    await once(server, "listening")
    browser = await launch()
  })

  beforeEach(async () => {
    page = await browser.newPage()
    await page.goto(`http://127.0.0.1:${(server.address() as AddressInfo).port}/`)
  })

  afterEach(async () => {
    closeAll()
    await page.close()
  })

  after(async () => {
    if (CHROMIUM === undefined) return
    await browser.close()
    server.closeAllConnections()
    server.close()
  })

  it("links a page and its worker: requests and replies over inproc", async () => {
    const answers = await page.evaluate(async () => {
      const { context, joinContext, Request } = (globalThis as unknown as PageScope).zmtp
      const worker = new Worker("/worker.js")
      joinContext(context, worker)
      const request = new Request()
      request.connect("inproc://worker")
      const answers: string[] = []
      for (const question of ["one", "two"]) {
        await request.send(question)
        const [answer] = await request.receive()
        answers.push(new TextDecoder().decode(answer))
      }
      request.close()
      worker.terminate()
      return answers
    })
    expect(answers).to.deep.equal(["worker heard one", "worker heard two"])
  })

  it("links a page and a SharedWorker through its port", async () => {
    const heard = await page.evaluate(async () => {
      const { context, joinContext, Pull } = (globalThis as unknown as PageScope).zmtp
      const { port } = new SharedWorker("/shared-worker.js")
      joinContext(context, port)
      const pull = new Pull()
      pull.connect("inproc://shared")
      const [text] = await pull.receive()
      pull.close()
      return new TextDecoder().decode(text)
    })
    expect(heard).to.equal("from the shared worker")
  })

  it("links a page and a frame in it through a port", async () => {
    const answer = await page.evaluate(async () => {
      const { context, joinContext, Request } = (globalThis as unknown as PageScope).zmtp
      const frame = document.createElement("iframe")
      const loaded = new Promise((resolve) => {
        frame.onload = resolve
      })
      frame.src = "/frame"
      document.body.append(frame)
      await loaded
      const { port1, port2 } = new MessageChannel()
      joinContext(context, port1)
      frame.contentWindow!.postMessage("join", "*", [port2])
      const request = new Request()
      request.connect("inproc://frame")
      await request.send("the page")
      const [text] = await request.receive()
      request.close()
      return new TextDecoder().decode(text)
    })
    expect(answer).to.equal("frame heard the page")
  })

  it("ends pipes to a terminated worker, so that no call waits for it", async () => {
    const seen = await page.evaluate(async () => {
      const { context, joinContext, Push } = (globalThis as unknown as PageScope).zmtp
      const worker = new Worker("/port-worker.js")
      const { port1, port2 } = new MessageChannel()
      // The page must have found the lock that the worker holds before the worker is terminated.
      const { locks } = navigator
      const request = locks.request.bind(locks) as (...args: unknown[]) => Promise<unknown>
      const watched = new Promise<void>((resolve) => {
        locks.request = (...args: unknown[]) => {
          if (args.length === 3) resolve()
          return request(...args)
        }
      })
      // The library closes the port when all pipes through it have ended.
      const closed = new Promise<void>((resolve) => {
        port1.close = () => {
          resolve()
        }
      })
      joinContext(context, port1)
      const heard = new Promise<string>((resolve) => {
        worker.onmessage = ({ data }) => {
          resolve(data as string)
        }
      })
      worker.postMessage("join", [port2])
      const push = new Push()
      push.connect("inproc://killed")
      await push.send("hello")
      const before = [await heard, push.stats().peers]
      await watched
      worker.terminate()
      await closed
      const failure = await push
        .send("nobody", { timeout: 0 })
        .catch((error: unknown) => (error as { code: string }).code)
      const after = [push.stats().peers, failure]
      push.close()
      return [...before, ...after]
    })
    expect(seen).to.deep.equal(["hello", 1, 0, "EAGAIN"])
  })

  it("ends pipes through a Worker when its link is closed", async () => {
    const seen = await page.evaluate(async () => {
      const { context, joinContext, Request } = (globalThis as unknown as PageScope).zmtp
      const worker = new Worker("/worker.js")
      const joint = joinContext(context, worker)
      const request = new Request()
      request.connect("inproc://worker")
      await request.send("one")
      await request.receive()
      worker.terminate()
      joint.close()
      const failure = await request
        .send("two", { timeout: 0 })
        .catch((error: unknown) => (error as { code: string }).code)
      const { peers } = request.stats()
      request.close()
      return [peers, failure]
    })
    expect(seen).to.deep.equal([0, "EAGAIN"])
  })

  it("ends pipes to a context whose side of the port was closed, after all its messages were received", async () => {
    const seen = await page.evaluate(async () => {
      const { Context, joinContext, Pull, Push } = (globalThis as unknown as PageScope).zmtp
      const [here, there] = [new Context(), new Context()]
      const { port1, port2 } = new MessageChannel()
      joinContext(here, port1)
      const joint = joinContext(there, port2)
      const pull = new Pull({ context: here })
      const push = new Push({ context: there })
      pull.bindSync("inproc://sides")
      push.connect("inproc://sides")
      // A received message shows that each side knows the other.
      await push.send("known")
      await pull.receive()
      await push.send("before")
      const left = new Promise<void>((resolve) => {
        port1.addEventListener("message", ({ data }) => {
          if ((data as unknown[])[1] === "left") resolve()
        })
      })
      joint.close()
      const failure = await push
        .send("after", { timeout: 0 })
        .catch((error: unknown) => (error as { code: string }).code)
      await left
      const [text] = await pull.receive()
      const nothing = pull.tryReceive()
      const peers = [push, pull].map((socket) => socket.stats().peers)
      for (const socket of [push, pull]) socket.close()
      return [failure, new TextDecoder().decode(text), nothing, ...peers]
    })
    expect(seen).to.deep.equal(["EAGAIN", "before", undefined, 0, 0])
  })

  it("delivers messages as Uint8Array, without a Buffer", async () => {
    const kinds = await page.evaluate(async () => {
      const { Pair } = (globalThis as unknown as PageScope).zmtp
      const [a, b] = [new Pair(), new Pair()]
      await a.bind("inproc://kinds")
      b.connect("inproc://kinds")
      await b.send(new Uint8Array([1, 2, 3]))
      const [frame] = await a.receive()
      for (const socket of [a, b]) socket.close()
      return [frame!.constructor.name, [...frame!].join(), typeof (globalThis as { Buffer?: unknown }).Buffer]
    })
    expect(kinds).to.deep.equal(["Uint8Array", "1,2,3", "undefined"])
  })

  it("exchanges messages with Node over ws", async () => {
    const router = closing(new zmtp.Router())
    await zmtp.bindToServer(router, server, "/router")
    const answered = page.evaluate(async (endpoint) => {
      const { Dealer, useWebSockets } = (globalThis as unknown as PageScope).zmtp
      useWebSockets()
      const dealer = new Dealer()
      dealer.connect(endpoint)
      await dealer.send(["hello", "", new Uint8Array(300_000).fill(7)])
      const answer = await dealer.receive()
      dealer.linger = 0
      dealer.close()
      return answer.map((frame) => new TextDecoder().decode(frame))
    }, router.lastEndpoint!)
    const [id, hello, empty, large] = await router.receive()
    expect([String(hello), empty!.length]).to.deep.equal(["hello", 0])
    expect(large!.equals(Buffer.alloc(300_000, 7))).to.equal(true)
    await router.send([id!, "welcome", ""])
    expect(await answered).to.deep.equal(["welcome", ""])
    await router.unbind(router.lastEndpoint!)
  })

  it("rejects a page of another host unless its origin is allowed", async () => {
    const reach = (endpoint: string) =>
      page.evaluate(
        (endpoint) =>
          new Promise<string>((resolve) => {
            const socket = new WebSocket(endpoint, "ZWS2.0")
            socket.onopen = () => {
              resolve("open")
              socket.close()
            }
            socket.onerror = () => {
              resolve("refused")
            }
          }),
        endpoint,
      )
    const pull = closing(new zmtp.Pull())
    await pull.bind("ws://127.0.0.1:*")
    expect(await reach(pull.lastEndpoint!)).to.equal("open")
    // The browser resolves this name to the loopback address.
    await page.goto(page.url().replace("127.0.0.1", "page.example"))
    expect(await reach(pull.lastEndpoint!)).to.equal("refused")
    const open = closing(new zmtp.Pull({}))
    open.webSocketOrigin = new URL(page.url()).origin
    await open.bind("ws://127.0.0.1:*")
    expect(await reach(open.lastEndpoint!)).to.equal("open")
  })

  it("receives messages of a libzmq publisher through a proxy with a ws endpoint", async () => {
    const remote = await RemoteProcess.start("libzmq")
    const publisher = await remote.socket("XPublisher")
    const [front, back] = [closing(new zmtp.XSubscriber()), closing(new zmtp.XPublisher())]
    front.connect(await publisher.bind("tcp://127.0.0.1:*"))
    await back.bind("ws://127.0.0.1:*")
    const proxy = new zmtp.Proxy(front, back)
    const running = proxy.run()
    const heard = page.evaluate(async (endpoint) => {
      const { Subscriber, useWebSockets } = (globalThis as unknown as PageScope).zmtp
      useWebSockets()
      const subscriber = new Subscriber()
      subscriber.subscribe("news")
      subscriber.connect(endpoint)
      const message = await subscriber.receive()
      subscriber.close()
      return message.map((frame) => new TextDecoder().decode(frame))
    }, back.lastEndpoint!)
    expect(await publisher.receive()).to.deep.equal(["\x01news"])
    await publisher.send("other", "1")
    await publisher.send("news", "2")
    expect(await heard).to.deep.equal(["news", "2"])
    proxy.terminate()
    await running
    await remote.stop()
  })
})
