export { readCertificate, writeCertificate, type Certificate } from "./certificate.js"
export { Context, context, type ContextOptions } from "./context.js"
export type { ZmqError, ZmqErrorCode } from "./errors.js"
export type { MessageLike } from "./message.js"
export { Observer, type Event, type EventOfType, type EventSubscriber, type EventType } from "./observer.js"
export { Proxy } from "./proxy.js"
export type { WaitOptions } from "./operations.js"
export { Socket } from "./socket.js"
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
  type Message,
  type Readable,
  type RouterConnectOptions,
  type SocketOptions,
  type Writable,
} from "./sockets.js"
export { capability, version } from "./version.js"
export type { AuthenticationRequest, AuthenticationVerdict, Authenticator } from "./transports/zap.js"
export type { NetworkPeer } from "./zmtp/peer.js"
