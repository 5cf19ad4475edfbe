import { StreamPattern } from "../patterns/stream.js"
import type { MessageLike } from "./message.js"
import type { SocketType } from "./type-registry.js"
import { registerType, Socket } from "./socket.js"
import type { Message } from "./message.js"
import type { Readable, SocketOptions, Writable } from "./socket-methods.js"
import { connectAs } from "./standard-sockets.js"
import type { OptionsOf } from "./options/settings.js"

/** Options of `Stream#connect`. */
export interface StreamConnectOptions {
  /** Routing id for the peer, instead of a generated one (ZMQ_CONNECT_ROUTING_ID). */
  routingId?: string
}

/**
 * Exchanges bytes with peers that do not use ZMTP. Messages are `[id, bytes]`, in chunks as they arrive. `[id, empty]`
 * reports that a peer has connected or disconnected; sending it closes the connection.
 *
 * ```ts
 * const stream = new Stream()
 * await stream.bind("tcp://127.0.0.1:8080")
 * for await (const [id, bytes] of stream) if (bytes.length > 0) await stream.send([id, bytes])
 * ```
 */
export class Stream extends Socket {
  constructor(options?: SocketOptions<Stream>) {
    super(registerType(STREAM), options)
  }

  /**
   * Like `Socket#connect`. If you pass `routingId`, you can send bytes to that id immediately, even before the peer is
   * connected.
   * @example
   * stream.connect("tcp://127.0.0.1:8080", { routingId: "server" })
   */
  override connect(address: string, options: StreamConnectOptions = {}): void {
    connectAs(this, options.routingId, () => {
      super.connect(address)
    })
  }
}
export interface Stream
  extends OptionsOf<"STREAM">, Readable<[Message, Message]>, Writable<[MessageLike, MessageLike]> {}
const STREAM: SocketType = {
  name: "STREAM",
  class: () => Stream,
  pattern: (host) => new StreamPattern(host),
}

registerType(STREAM)
