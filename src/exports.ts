export { Context, context, type ContextOptions } from "./context.js"
export type { ZmqError, ZmqErrorCode } from "./errors.js"
export type { MessageLike } from "./message.js"
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
