import { setScheduler } from "./core/platform.js"
import {
  BadMessageError,
  Context,
  Dealer,
  Observer,
  Pair,
  Proxy,
  Publisher,
  Pull,
  Push,
  Reply,
  Request,
  Requester,
  Router,
  SchemaError,
  Socket,
  Subscriber,
  XPublisher,
  XSubscriber,
  capability,
  context,
  json,
  readCertificate,
  reply,
  text,
  validated,
  version,
  writeCertificate,
} from "./exports.js"
import { joinContext } from "./join-context.js"
import { browserWs } from "./transports/browser-ws.js"
import { registerTransport } from "./transports/transport.js"

const turns = new MessageChannel()
const tasks: (() => void)[] = []
turns.port1.onmessage = () => tasks.shift()?.()
// Bundles for browsers also run in Node, where an open port would keep the process alive.
;(turns.port1 as { unref?: () => void }).unref?.()

function nextTurn(task: () => void): void {
  tasks.push(task)
  turns.port2.postMessage(undefined)
}

// A task of its own comes after all microtasks, and no browser has anything nearer.
setScheduler({ afterMicrotasks: nextTurn, nextTurn })

/** Lets sockets connect to `ws://` and `wss://` endpoints. What does not call it is spared their code. */
export function useWebSockets(): void {
  registerTransport("ws", browserWs("ws"))
  registerTransport("wss", browserWs("wss"))
}

export * from "./exports.js"
export { joinContext, type Joint } from "./join-context.js"
export type { AnyPort } from "./transports/port-side.js"
// Name by name: of an object that is copied bundlers would keep everything, also for those who import by name.
export default {
  BadMessageError,
  Context,
  Dealer,
  Observer,
  Pair,
  Proxy,
  Publisher,
  Pull,
  Push,
  Reply,
  Request,
  Requester,
  Router,
  SchemaError,
  Socket,
  Subscriber,
  XPublisher,
  XSubscriber,
  capability,
  context,
  joinContext,
  json,
  readCertificate,
  reply,
  text,
  useWebSockets,
  validated,
  version,
  writeCertificate,
}
