import { expect } from "chai"
import type { Server } from "node:http"
import type { Browser, Page } from "playwright-core"
import { concurrent } from "../test/support/concurrent.js"
import { skip } from "../test/support/skip.js"
import { CHROMIUM, html, launch, originOf, script, serveFiles } from "./support/browser.js"

/** The realm that is killed: one that is linked to the page by a port, or a page that is linked to a SharedWorker. */
const VICTIMS = ["worker", "worker behind a MessagePort", "SharedWorker", "iframe", "page"] as const
type Victim = (typeof VICTIMS)[number]

/** When it is killed. "immediately" is as soon as its first protocol message has arrived. */
const STAGES = ["immediately", "after its first message", "while it sends", "waiting for room"] as const
type Stage = (typeof STAGES)[number]

const SENDERS = ["Push", "Dealer", "Pair"] as const
const BINDERS = ["victim", "survivor"] as const

interface Plan {
  readonly victim: Victim
  readonly stage: Stage
  readonly type: (typeof SENDERS)[number]
  readonly binder: (typeof BINDERS)[number]
  readonly name: string
}

interface Outcome {
  /** Number of messages that the survivor has received. It checks that they are a prefix of those sent. */
  readonly received: number
  readonly peers: number
}

/** Sends numbered messages until it is killed, and reports how many were accepted. */
const VICTIM = `
  function victim(port, { type, binder, name }, told) {
    zmtp.joinContext(zmtp.context, port)
    const socket = new zmtp[type]({ sendHighWaterMark: 10, linger: 0 })
    if (binder === "victim") socket.bindSync("inproc://" + name)
    else socket.connect("inproc://" + name)
    told(0)
    void (async () => {
      for (let number = 0; ; number++) {
        await socket.send(String(number))
        told(number + 1)
      }
    })()
  }
`

/** Receives from the victim, has it killed at the given stage, and returns the outcome. */
const SURVIVOR = `
  async function survivor(port, { type, binder, name, stage }, sent, kill) {
    // The library removes its listener when it considers the other side as ended.
    const ended = new Promise((resolve) => {
      const remove = port.removeEventListener.bind(port)
      port.removeEventListener = (event, ...rest) => {
        if (event === "message") resolve()
        remove(event, ...rest)
      }
    })
    // The first protocol message shows that the other side is running.
    const there = new Promise((resolve) => {
      port.addEventListener("message", ({ data }) => Array.isArray(data) && resolve())
    })
    zmtp.joinContext(zmtp.context, port)
    const receiver = { Push: "Pull", Dealer: "Dealer", Pair: "Pair" }[type]
    const socket = new zmtp[receiver]({ receiveHighWaterMark: 10, linger: 0 })
    if (binder === "survivor") socket.bindSync("inproc://" + name)
    else socket.connect("inproc://" + name)
    let received = 0
    const count = ([frame]) => {
      const number = Number(new TextDecoder().decode(frame))
      if (number !== received) throw new Error("Received " + number + " after " + received + " messages")
      received++
    }
    const take = async () => count(await socket.receive())
    if (stage === "immediately") await there
    if (stage === "after its first message") await take()
    if (stage === "while it sends") while (received < 500) await take()
    if (stage === "waiting for room") await sent(20)
    await kill()
    await ended
    for (let left = socket.tryReceive(); left !== undefined; left = socket.tryReceive()) count(left)
    const { peers } = socket.stats()
    socket.close()
    return { received, peers }
  }
`

const WORKER = `importScripts("/zmtp.js")
  ${VICTIM}
  onmessage = ({ data, ports: [port] }) => {
    if (data?.plan === undefined) return
    victim(port ?? self, data.plan, (sent) => postMessage({ sent }))
  }`

const FRAME = `${VICTIM}
  onmessage = ({ data, ports: [port] }) => victim(port, data.plan, (sent) => parent.postMessage({ sent, name: data.plan.name }, "*"))`

/** A SharedWorker cannot be terminated while it has pages. This one closes itself, which is as abrupt. */
const SHARED_VICTIM = `importScripts("/zmtp.js")
  ${VICTIM}
  onconnect = ({ ports: [control] }) => {
    control.addEventListener("message", ({ data, ports: [port] }) => {
      if (data.end) close()
      else victim(port, data.plan, (sent) => control.postMessage({ sent }))
    })
    control.start()
  }`

/** A page that is linked to a SharedWorker, which survives the page. */
const KILLED_PAGE = `${VICTIM}
  const plan = JSON.parse(decodeURIComponent(location.search.slice(1)))
  const { port } = new SharedWorker("/survivor.js")
  const report = new BroadcastChannel(plan.name)
  const told = (sent) => report.postMessage({ sent })
  victim(port, plan, told)
  port.postMessage({ plan })`

const SHARED = `importScripts("/zmtp.js")
  ${SURVIVOR}
  onconnect = ({ ports: [port] }) => {
    port.addEventListener("message", async ({ data }) => {
      if (data?.plan === undefined) return
      const channel = new BroadcastChannel(data.plan.name)
      let most = -1
      let wake = () => {}
      channel.onmessage = ({ data }) => {
        if (data.sent !== undefined) most = data.sent
        if (data.killed !== undefined) most = Infinity
        wake()
      }
      const until = async (least) => {
        while (most < least) await new Promise((resolve) => (wake = resolve))
      }
      const kill = () => {
        channel.postMessage({ kill: true })
        return until(Infinity)
      }
      // The page may have reported 0 before this listener existed. It reports more once it is linked.
      most = 0
      const outcome = await survivor(port, data.plan, until, kill).catch((error) => ({ failure: String(error) }))
      channel.postMessage({ outcome })
      channel.close()
    })
    port.start()
  }`

/** A page that survives one of its workers or frames. */
const PAGE = `${SURVIVOR}
  async function inPage(plan) {
    let most = -1
    let wake = () => {}
    const heard = ({ data }) => {
      if (data?.sent === undefined || (data.name ?? plan.name) !== plan.name) return
      most = data.sent
      wake()
    }
    const sent = async (least) => {
      while (most < least) await new Promise((resolve) => (wake = resolve))
    }
    const { port1, port2 } = new MessageChannel()
    if (plan.victim === "iframe") {
      const frame = document.createElement("iframe")
      const loaded = new Promise((resolve) => (frame.onload = resolve))
      frame.src = "/frame"
      document.body.append(frame)
      await loaded
      addEventListener("message", heard)
      frame.contentWindow.postMessage({ plan }, "*", [port2])
      return survivor(port1, plan, sent, () => frame.remove())
    }
    if (plan.victim === "SharedWorker") {
      const { port } = new SharedWorker("/shared-victim.js", plan.name)
      port.addEventListener("message", heard)
      port.start()
      port.postMessage({ plan }, [port2])
      return survivor(port1, plan, sent, () => port.postMessage({ end: true }))
    }
    const worker = new Worker("/worker.js")
    worker.addEventListener("message", heard)
    const direct = plan.victim === "worker"
    worker.postMessage({ plan }, direct ? [] : [port2])
    return survivor(direct ? worker : port1, plan, sent, () => worker.terminate())
  }

  /** Keeps the SharedWorker alive, and resolves with its outcome. */
  const channels = {}
  function watchShared(name) {
    new SharedWorker("/survivor.js").port.start()
    const channel = (channels[name] = new BroadcastChannel(name))
    return new Promise((resolve, reject) => {
      channel.addEventListener("message", ({ data: { outcome } }) => {
        if (outcome?.failure !== undefined) reject(new Error(outcome.failure))
        else if (outcome !== undefined) resolve(outcome)
      })
    })
  }
  function killWanted(name) {
    return new Promise((resolve) => {
      channels[name].addEventListener("message", ({ data }) => data.kill && resolve())
    })
  }`

describe("a realm in Chromium that is killed while its port is linked", function () {
  this.timeout(40_000)
  // The library needs a second to notice a realm that has ended.
  const test = concurrent(4)
  let browser: Browser
  let server: Server
  let names = 0

  before(async function () {
    if (CHROMIUM === undefined) skip(this, "no Chromium here")
    server = await serveFiles({
      "/": html(PAGE),
      "/frame": html(FRAME),
      "/killed": html(KILLED_PAGE),
      "/worker.js": script(WORKER),
      "/survivor.js": script(SHARED),
      "/shared-victim.js": script(SHARED_VICTIM),
    })
    browser = await launch()
  })

  after(async () => {
    if (CHROMIUM === undefined) return
    await browser.close()
    server.closeAllConnections()
    server.close()
  })

  /** Opens a page for `body`. Pages of one context share their SharedWorkers. */
  async function withPage(body: (page: Page) => Promise<unknown>): Promise<void> {
    const context = await browser.newContext()
    try {
      const page = await context.newPage()
      await page.goto(`${originOf(server)}/`)
      await body(page)
    } finally {
      await context.close()
    }
  }

  function inPage(page: Page, plan: Plan): Promise<Outcome> {
    return page.evaluate(`inPage(${JSON.stringify(plan)})`)
  }

  /** Kills a page that is linked to a SharedWorker, which `page` keeps alive. */
  async function besidePage(page: Page, plan: Plan): Promise<Outcome> {
    const outcome = page.evaluate<Outcome>(`watchShared(${JSON.stringify(plan.name)})`)
    const wanted = page.evaluate(`killWanted(${JSON.stringify(plan.name)})`)
    const killed = await page.context().newPage()
    await killed.goto(`${originOf(server)}/killed?${encodeURIComponent(JSON.stringify(plan))}`)
    await wanted
    await killed.close()
    await page.evaluate(`channels[${JSON.stringify(plan.name)}].postMessage({ killed: true })`)
    return outcome
  }

  for (const victim of VICTIMS) {
    for (const stage of STAGES) {
      test(`leaves a prefix of its messages, and no peer: ${victim}, ${stage}`, () =>
        withPage((page) => {
          const kill = async (type: Plan["type"], binder: Plan["binder"]): Promise<void> => {
            const plan: Plan = { victim, stage, type, binder, name: `kill ${names++}` }
            const { received, peers } = await (victim === "page" ? besidePage(page, plan) : inPage(page, plan))
            expect([type, binder, peers]).to.deep.equal([type, binder, 0])
            const least = {
              immediately: 0,
              "after its first message": 1,
              "while it sends": 500,
              "waiting for room": 20,
            }
            expect(received).to.be.at.least(least[stage])
          }
          return Promise.all(SENDERS.flatMap((type) => BINDERS.map((binder) => kill(type, binder))))
        }))
    }
  }

  test("is detected even if it ends right after it was linked, repeatedly", () =>
    withPage((page) => {
      const runs = Array.from({ length: 20 }, async () => {
        const victim = "worker behind a MessagePort"
        const plan: Plan = { victim, stage: "immediately", type: "Push", binder: "victim", name: `kill ${names++}` }
        expect((await inPage(page, plan)).peers).to.equal(0)
      })
      return Promise.all(runs)
    }))
})
