/**
 * Types for attached streams and custom transports: `socket.attach(stream)` and `new Context({ transports })`.
 *
 * @module zmtp/transport
 */

export type {
  AnyStream,
  MessageChannelEnd,
  NodeDuplex,
  NodePair,
  NodeReadable,
  NodeWritable,
  WebPair,
} from "./transports/attached/any-stream.js"
export type { Attachment, AttachmentEnd, AttachOptions, StreamFactory } from "./transports/attached/attachment.js"
export type {
  BoundAddress,
  ConnectAttempt,
  CustomTransport,
  StreamListener,
} from "./transports/attached/custom-transport.js"
