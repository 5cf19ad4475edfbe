// What entry points share: these exports, the setup of Node, and the program of an I/O thread.

import { Context as ContextClass } from "../sockets/context.js"
import { requireNew } from "../sockets/require-new.js"
import { Observer as ObserverClass } from "../sockets/observer.js"
import { Proxy as ProxyClass } from "../sockets/proxy.js"
import { readOnlyErrors } from "../sockets/read-only.js"
import type { Socket as SocketClass } from "../sockets/socket.js"
import { registerStandardTypes } from "../sockets/standard-sockets.js"

/**
 * An isolated group of sockets: `inproc://` names are visible only within one context.
 * @class
 */
export const Context: typeof ContextClass = /* @__PURE__ */ requireNew(ContextClass)
export type Context = ContextClass
/**
 * Observes the events of a socket's connections: `socket.events`.
 * @class
 */
export const Observer: typeof ObserverClass = /* @__PURE__ */ requireNew(ObserverClass)
export type Observer = ObserverClass
/**
 * Forwards whole messages between two sockets in both directions until it is terminated.
 * @class
 */
export const Proxy: typeof ProxyClass = /* @__PURE__ */ requireNew(/* @__PURE__ */ readOnlyErrors(ProxyClass, "Proxy"))
export type Proxy<F extends Socket = Socket, B extends Socket = Socket> = ProxyClass<F, B>
/**
 * Base class of all sockets, for `instanceof`. To create a socket, use the class of its type.
 * @class
 */
export const Socket: typeof SocketClass = /* @__PURE__ */ requireNew(/* @__PURE__ */ registerStandardTypes())
export type Socket = SocketClass

export { readCertificate, writeCertificate, type Certificate } from "../security/certificate.js"
export { BadMessageError, json, text, validated, type Codec } from "../sockets/codec.js"
export { context, type ContextOptions } from "../sockets/context.js"
export type { ZmqError, ZmqErrorCode } from "../core/errors.js"
export type { ConnectionReport, HandshakeReport, MessageReport } from "../sockets/reports.js"
export type { SocketStats } from "../sockets/socket-stats.js"
export type { Message, MessageLike } from "../sockets/message.js"
export type { Event, EventOfType, EventSubscriber, EventType } from "../sockets/observer.js"
export { reply, type ReplyLike, type ReplyOptions, type RequestHandler, type RequestInfo } from "../messaging/reply.js"
export { Requester, type RequesterOptions, type RequestOptions } from "../messaging/requester.js"
export {
  Dealer,
  Pair,
  Publisher,
  Pull,
  Push,
  Reply,
  Request,
  Router,
  Subscriber,
  XPublisher,
  XSubscriber,
  type RouterConnectOptions,
} from "../sockets/standard-sockets.js"
export type { Readable, SocketOptions, Writable } from "../sockets/socket-methods.js"
export {
  SchemaError,
  type SchemaInput,
  type SchemaIssue,
  type SchemaOutput,
  type StandardSchema,
} from "../sockets/standard-schema.js"
export type {
  Addressed,
  Topical,
  TypedOptions,
  TypedReadable,
  TypedSocket,
  TypedWritable,
} from "../sockets/typed-socket.js"
export { capability, version } from "../core/version.js"
export type { PeersReadyOptions } from "../sockets/peer-waits.js"
export type { WaitOptions } from "../sockets/wait-options.js"
export type { OriginCheck } from "../transports/transport.js"
export type { AuthenticationRequest, AuthenticationVerdict, Authenticator } from "../transports/authenticator.js"
export type { NetworkPeer } from "../zmtp/peer.js"
