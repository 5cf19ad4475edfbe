import { expect } from "chai"
import type { Server } from "node:http"
import type { Browser, Page } from "playwright-core"
import * as zmtp from "../src/index.js"
import { skip } from "../test/support/skip.js"
import { CHROMIUM, html, launch, originOf, serveFiles } from "./support/browser.js"
import { closeAll, closing } from "./support/sockets.js"

/** Functions for pages: the next event of a type, and the error of a call that throws. */
const TOOLS = `
  async function nextEvent({ events }, type) {
    for (;;) {
      const event = await events.receive()
      if (event.type !== type) continue
      const { error, interval } = event
      return { interval, code: error?.code, closeCode: error?.closeCode, message: error?.cause?.message }
    }
  }
  function caught(task) {
    try {
      task()
    } catch ({ name, code, message, cause }) {
      return { name, code, message: cause?.message ?? message }
    }
  }
`

/** Sends messages from each kind of listener that runs while a page is being left. */
const LEAVING = `${TOOLS}
  async function prepare(endpoint) {
    zmtp.useWebSockets()
    const push = new zmtp.Push()
    push.connect(endpoint)
    await push.send("here")
    addEventListener("pagehide", () => {
      for (const text of ["pagehide 1", "pagehide 2"]) push.send(text)
    })
    document.addEventListener("visibilitychange", () => push.send("visibilitychange"))
    addEventListener("beforeunload", () => push.send("beforeunload"))
    addEventListener("pagehide", () => push.send("pagehide 3"), { capture: true })
  }
`

describe("a page in Chromium", function () {
  this.timeout(60_000)
  let browser: Browser
  let server: Server
  let page: Page

  before(async function () {
    if (CHROMIUM === undefined) skip(this, "no Chromium here")
    server = await serveFiles({
      "/": html(TOOLS),
      "/policy": html(TOOLS, {
        "Content-Security-Policy": "default-src 'self' 'unsafe-inline' 'unsafe-eval'; connect-src 'self'",
      }),
      "/leaving": html(LEAVING),
      "/elsewhere": html(),
    })
    browser = await launch()
  })

  beforeEach(async () => {
    page = await browser.newPage()
    await page.goto(`${originOf(server)}/`)
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

  it("reports that its Content Security Policy blocks a connection, and retries", async () => {
    await page.goto(`${originOf(server)}/policy`)
    const [closed, retried] = await page.evaluate<{ code: string; message: string; interval: number }[]>(`(async () => {
      zmtp.useWebSockets()
      const push = new zmtp.Push()
      push.connect("ws://127.0.0.1:9/feed")
      const events = [await nextEvent(push, "close")]
      events.push(await nextEvent(push, "connect:retry"))
      await nextEvent(push, "close")
      push.close()
      return events
    })()`)
    expect(closed).to.include({ code: "EACCES" })
    expect(closed!.message).to.equal(
      "Blocked by the page's Content Security Policy: add ws://127.0.0.1:9 to its connect-src directive",
    )
    expect(retried).to.include({ code: "EACCES" })
    expect(retried!.interval).to.be.at.least(100)
  })

  it("reports as much as browsers reveal about a failed connection", async () => {
    const failed = await page.evaluate(`(async () => {
      zmtp.useWebSockets()
      const push = new zmtp.Push()
      push.connect(location.href.replace("http", "ws") + "nothing-here")
      const event = await nextEvent(push, "close")
      push.close()
      return event
    })()`)
    expect(failed).to.include({ code: "ECONNABORTED", closeCode: 1006 })
  })

  it("reports the close code of a connection", async () => {
    const router = closing(new zmtp.Router())
    await zmtp.bindToServer(router, server, "/closing")
    const event = await page.evaluate(`(async () => {
      zmtp.useWebSockets()
      const { WebSocket } = globalThis
      let socket
      globalThis.WebSocket = class extends WebSocket {
        constructor(...args) {
          super(...args)
          socket = this
        }
      }
      const dealer = new zmtp.Dealer({ reconnectInterval: 0 })
      dealer.connect(${JSON.stringify(router.lastEndpoint!)})
      await nextEvent(dealer, "connect")
      // The page closes it: Chromium reports the code of the page itself.
      socket.close(4321, "no more")
      return nextEvent(dealer, "disconnect")
    })()`)
    expect(event).to.include({ code: "ECONNRESET", closeCode: 4321 })
  })

  it("explains what to do about endpoints that it cannot use", async () => {
    const [before, tcp] = await page.evaluate<{ code: string; message: string }[]>(`(() => {
      const push = new zmtp.Push()
      return ["wss://example.com/feed", "tcp://127.0.0.1:5555"].map((endpoint) => caught(() => push.connect(endpoint)))
    })()`)
    expect(before).to.include({
      code: "EPROTONOSUPPORT",
      message:
        'Invalid endpoint "wss://example.com/feed": wss:// is not enabled; call useWebSockets() from zmtp/browser before the first connect',
    })
    expect(tcp).to.include({
      code: "EPROTONOSUPPORT",
      message:
        'Invalid endpoint "tcp://127.0.0.1:5555": browsers cannot use tcp://; connect to a ws:// or wss:// endpoint of a server instead',
    })
  })

  it("reports in its capabilities whether it can use WebSockets", async () => {
    const known = await page.evaluate(`(() => {
      const before = zmtp.capability.ws
      zmtp.useWebSockets()
      return [before, zmtp.capability.ws]
    })()`)
    expect(known).to.deep.equal([false, true])
  })

  it("explains what to join instead of a window, a frame, or a BroadcastChannel", async () => {
    const messages = await page.evaluate<string[]>(`(() => {
      const frame = document.body.appendChild(document.createElement("iframe"))
      const wrong = [window, frame.contentWindow, new BroadcastChannel("a"), undefined]
      return wrong.map((port) => {
        const { name, message } = caught(() => zmtp.joinContext(zmtp.context, port))
        return name + " " + message
      })
    })()`)
    const remedies = [
      /Window; .*create a MessageChannel/,
      /Window; .*create a MessageChannel/,
      /BroadcastChannel; .*Mess/,
      /undefined$/,
    ]
    messages.forEach((message, index) => {
      expect(message).to.match(/^TypeError Invalid port: expected a MessagePort, a Worker, or self in a worker, got /)
      expect(message).to.match(remedies[index]!)
    })
  })

  it("delivers messages that it sends while it is being unloaded", async () => {
    await page.goto(`${originOf(server)}/leaving`)
    const pull = closing(new zmtp.Pull())
    await zmtp.bindToServer(pull, server, "/goodbyes")
    await page.evaluate(`prepare(${JSON.stringify(pull.lastEndpoint!)})`)
    const received = [String(await pull.receive())]
    await page.goto(`${originOf(server)}/elsewhere`)
    while (received.length < 6) received.push(String(await pull.receive()))
    const expected = ["here", "beforeunload", "pagehide 1", "pagehide 2", "pagehide 3", "visibilitychange"]
    expect(received).to.have.members(expected)
  })
})
