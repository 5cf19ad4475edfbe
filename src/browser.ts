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
} from "./entry/exports.js"
import { browserPlatform } from "./platform/browser/index.js"
import { addStreams } from "./platform/browser/streams.js"
import { choosePlatform } from "./platform/default.js"
import { joinContext } from "./sockets/join-context.js"
import type { CurveCrypto } from "./zmtp/handshake/curve/crypto.js"
import { browserWs } from "./transports/ws/browser-ws.js"

choosePlatform(browserPlatform)

/**
 * Enables `ws://` and `wss://` endpoints, and sets `capability.ws`. Bundles of pages that do not call it do not contain
 * the code for WebSockets. Calling it again has no effect.
 */
export function useWebSockets(): void {
  if (capability["ws"] === true) return
  ;(capability as Record<string, boolean>)["ws"] = true
  browserPlatform.transports.set("ws", browserWs("ws"))
  browserPlatform.transports.set("wss", browserWs("wss"))
}

/**
 * Enables `Socket#attach` and `Context#transports`, including PLAIN, heartbeats, and, with a cryptographic library,
 * CURVE. Bundles of pages that do not call it do not contain their code.
 * @param options `curve`: the cryptography of CURVE. Default: none, and using CURVE fails with ENOTSUP.
 */
export function useStreams({ curve }: { readonly curve?: CurveCrypto } = {}): void {
  addStreams(browserPlatform, curve)
}

export * from "./entry/exports.js"
export type { CurveCrypto } from "./zmtp/handshake/curve/crypto.js"
export { joinContext, type ContextLink } from "./sockets/join-context.js"
export type { AnyPort } from "./transports/ports/port-side.js"
// List each name: if an object were copied, bundlers would keep all of it, even for named imports.
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
  useStreams,
  useWebSockets,
  validated,
  version,
  writeCertificate,
}
