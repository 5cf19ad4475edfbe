// Started by reentrancy.test.ts in its own process: subscribers of the diagnostics channels call the reported socket
// from every notification, for every pattern. Prints what went wrong. The exit code shows whether the process can exit
// by itself.
import diagnostics from "node:diagnostics_channel"
import { Client, Dish, Radio, Server } from "../../src/draft.js"
import {
  Dealer,
  Pair,
  Publisher,
  Pull,
  Push,
  Reply,
  Request,
  Requester,
  Router,
  Subscriber,
  XPublisher,
  XSubscriber,
  type MessageReport,
  type Socket,
} from "../../src/index.js"
import { freeInproc } from "../support/endpoints.js"

type AnySocket = Socket & {
  send(message: unknown, options?: object): Promise<void>
  sendMany(messages: unknown[], options?: object): Promise<void>
  trySend(message: unknown, options?: object): boolean
  receive(options?: object): Promise<Uint8Array[]>
  receiveMany(count?: number, options?: object): Promise<Uint8Array[][]>
  tryReceive(): Uint8Array[] | undefined
  subscribe?(...topics: string[]): void
  unsubscribe?(...topics: string[]): void
  [Symbol.asyncIterator](): AsyncIterator<unknown>
  join(group: string): void
  leave(group: string): void
}

interface Scene {
  readonly bound: AnySocket
  readonly connecting: AnySocket
  readonly endpoint: string
  readonly controller: AbortController
}

const CHANNELS = ["connect", "handshake", "disconnect", "send", "receive", "drop"] as const

const ACTIONS: Record<string, (scene: Scene, socket: AnySocket) => void> = {
  close: (_scene, socket) => {
    socket.close()
  },
  "close both": ({ bound, connecting }) => {
    bound.close()
    connecting.close()
  },
  "close the other": ({ bound, connecting }, socket) => {
    ;(socket === bound ? connecting : bound).close()
  },
  abort: ({ controller }) => {
    controller.abort(new Error("aborted"))
  },
  "abort and close": ({ controller }, socket) => {
    controller.abort(new Error("aborted"))
    socket.close()
  },
  leave: ({ bound, connecting, endpoint }) => {
    connecting.disconnect(endpoint)
    bound.unbindSync(endpoint)
  },
  "send and receive": (_scene, socket) => {
    socket.trySend(["x", "", "y"], { group: "x", routingId: 1 })
    socket.tryReceive()
    settles(socket.send(["x", "", "z"], { group: "x", routingId: 1, timeout: 1 }))
    settles(socket.receive({ timeout: 1 }))
  },
  "receive of the other": ({ bound, connecting }, socket) => {
    ;(socket === bound ? connecting : bound).tryReceive()
  },
  unsubscribe: ({ connecting }) => {
    connecting.unsubscribe?.("")
  },
}

const small = { sendHighWaterMark: 2, receiveHighWaterMark: 2, linger: 0, reconnectInterval: 5 }
const sending = { sendHighWaterMark: 2, linger: 0, reconnectInterval: 5 }
const receiving = { receiveHighWaterMark: 2, linger: 0, reconnectInterval: 5 }

const PATTERNS: Record<string, () => [bound: unknown, connecting: unknown]> = {
  "PULL and PUSH": () => [new Pull(receiving), new Push(sending)],
  "PUSH and PULL": () => [new Push(sending), new Pull(receiving)],
  "PAIR and PAIR": () => [new Pair(small), new Pair(small)],
  "ROUTER and DEALER": () => [new Router({ ...small, mandatory: true }), new Dealer({ ...small, routingId: "x" })],
  "DEALER and ROUTER": () => [new Dealer({ ...small, routingId: "x" }), new Router({ ...small, mandatory: true })],
  "ROUTER and REQ": () => [new Router(small), new Request({ ...small, relaxed: true })],
  "REP and REQ": () => [new Reply(small), new Request({ ...small, correlate: true, relaxed: true })],
  "REQ and REP": () => [new Request({ ...small, correlate: true, relaxed: true }), new Reply(small)],
  "REP and DEALER": () => [new Reply(small), new Dealer(small)],
  "PUB and SUB": () => [new Publisher(sending), new Subscriber(receiving)],
  "PUB and SUB without drops": () => [new Publisher({ ...sending, noDrop: true }), new Subscriber(receiving)],
  "XPUB and XSUB": () => [new XPublisher(small), new XSubscriber(small)],
  "SUB and XPUB": () => [new Subscriber(receiving), new XPublisher(small)],
  "SERVER and CLIENT": () => [new Server(small), new Client(small)],
  "CLIENT and SERVER": () => [new Client(small), new Server(small)],
  "RADIO and DISH": () => [new Radio(sending), new Dish(receiving)],
}

const ENDPOINTS: Record<string, () => string> = {
  inproc: freeInproc,
  tcp: () => "tcp://127.0.0.1:*",
  ws: () => "ws://127.0.0.1:*",
}

let label = ""
const pending = new Map<Promise<unknown>, string>()

function complain(problem: string): void {
  console.log(`${label}: ${problem}`)
}

/** Expects that `promise` settles. */
function settles(promise: Promise<unknown>): void {
  pending.set(promise, new Error().stack!.split("\n")[2]!.trim())
  const settled = (): void => void pending.delete(promise)
  promise.then(settled, (error: unknown) => {
    settled()
    // Errors without a code are bugs of the library.
    const { code, message } = error as Error & { code?: string }
    if (code === undefined && message !== "aborted") complain(String((error as Error).stack))
  })
}

function attempt(action: () => unknown): void {
  try {
    const result = action()
    if (result instanceof Promise) settles(result)
  } catch (error) {
    const { code, message } = error as Error & { code?: string }
    if (code === undefined && message !== "aborted") complain(String((error as Error).stack))
  }
}

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve))

/** Sends and receives in both directions, with all kinds of calls. */
async function converse({ bound, connecting, controller }: Scene): Promise<void> {
  const { signal } = controller
  const both = [bound, connecting]
  for (const socket of both) {
    attempt(() => socket.receive({ signal }))
    attempt(() => socket.receive())
    attempt(() => socket.receiveMany(3, { signal }))
    attempt(() => socket[Symbol.asyncIterator]().next())
  }
  for (let round = 0; round < 6; round++) {
    for (const socket of both) {
      const beside = { group: "x", routingId: 1, signal }
      attempt(() => socket.send(round % 2 ? "x" : ["x", "", `${round}`], beside))
      attempt(() => socket.sendMany(["x", ["x", "", "y"]], beside))
      attempt(() => socket.trySend("x", beside))
      attempt(() => socket.send(["nobody", "", "y"], { ...beside, group: "y" }))
      attempt(() => socket.receive({ signal }))
      attempt(() => socket.tryReceive())
    }
    await turn()
  }
}

async function play(make: () => [unknown, unknown], endpoint: string, channel: string, act: (typeof ACTIONS)[string]) {
  const [bound, connecting] = make() as [AnySocket, AnySocket]
  const controller = new AbortController()
  await bound.bind(endpoint)
  const scene = { bound, connecting, endpoint: bound.lastEndpoint!, controller }
  let acting = false
  let acts = 0
  const subscriber = (report: unknown): void => {
    const { socket } = report as MessageReport
    if (socket === undefined || acting || acts++ >= 3) return
    acting = true
    attempt(() => act(scene, socket as AnySocket))
    acting = false
  }
  diagnostics.subscribe(channel, subscriber)
  try {
    connecting.connect(scene.endpoint)
    attempt(() => connecting.subscribe?.(""))
    attempt(() => connecting.join("x"))
    attempt(() => bound.subscribe?.(""))
    await converse(scene)
    for (let turns = 0; turns < 5; turns++) await turn()
    attempt(() => connecting.disconnect(scene.endpoint))
    await turn()
    bound.close()
    connecting.close()
    for (let turns = 0; pending.size > 0 && turns < 50; turns++) await turn()
    for (const where of pending.values()) complain(`never settled: ${where}`)
    pending.clear()
  } finally {
    diagnostics.unsubscribe(channel, subscriber)
  }
}

/** The same for a Requester, whose socket is reported to the subscribers. */
async function request(channel: string, correlate: boolean, act: (requester: Requester, abort: () => void) => void) {
  const router = new Router({ linger: 0 })
  await router.bind("tcp://127.0.0.1:*")
  const controller = new AbortController()
  const { signal } = controller
  const options = { timeout: 5, retries: 1, concurrency: 3, correlate, reconnectInterval: 5 }
  const requester = new Requester(router.lastEndpoint!, options)
  let acting = false
  const subscriber = (report: unknown): void => {
    if (acting || (report as MessageReport).socketType !== "DEALER") return
    acting = true
    attempt(() => {
      act(requester, () => {
        controller.abort(new Error("aborted"))
      })
    })
    acting = false
  }
  diagnostics.subscribe(channel, subscriber)
  try {
    for (let count = 0; count < 6; count++) attempt(() => requester.request("x", count % 2 ? { signal } : {}))
    for (let round = 0; round < 3; round++) {
      const message = await Promise.race([router.receive(), turn().then(() => undefined)]).catch(() => undefined)
      if (message !== undefined) attempt(() => router.send([...message, "answer"]))
      if (message !== undefined) attempt(() => router.send([message[0]!, "no", "answer"]))
      await turn()
    }
    requester.close()
    router.close()
    for (let turns = 0; pending.size > 0 && turns < 50; turns++) await turn()
    for (const where of pending.values()) complain(`never settled: ${where}`)
    pending.clear()
    if (requester.pending > 0) complain(`${requester.pending} requests are still counted`)
  } finally {
    diagnostics.unsubscribe(channel, subscriber)
  }
}

process.on("uncaughtException", (error) => {
  complain(`uncaught: ${String(error.stack)}`)
})
process.on("unhandledRejection", (error) => {
  complain(`unhandled: ${String((error as Error).stack)}`)
})

const [, , only = ""] = process.argv
for (const channel of CHANNELS) {
  for (const [actionName, act] of Object.entries(ACTIONS)) {
    for (const [patternName, make] of Object.entries(PATTERNS)) {
      for (const [transport, fresh] of Object.entries(ENDPOINTS)) {
        label = `${channel}, ${actionName}, ${patternName}, ${transport}`
        if (label.includes(only)) await play(make, fresh(), `zmtp:${channel}`, act)
      }
    }
  }
  for (const correlate of [true, false]) {
    label = `${channel}, Requester, ${correlate ? "numbered" : "not numbered"}`
    if (!label.includes(only)) continue
    await request(`zmtp:${channel}`, correlate, (requester) => {
      requester.close()
    })
    await request(`zmtp:${channel}`, correlate, (_requester, abort) => {
      abort()
    })
    await request(`zmtp:${channel}`, correlate, (requester) => {
      settles(requester.request("more"))
    })
  }
}
console.log("(end)")
