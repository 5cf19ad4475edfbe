import type { ByteStream } from "../../core/connection/byte-stream.js"
import type { Clock } from "../../core/runtime/clock.js"
import { zmqError } from "../../core/errors.js"
import type { AnyStream, MessageChannelEnd, NodeDuplex, NodeReadable, NodeWritable, WebPair } from "./any-stream.js"
import { ChannelStream } from "./channel-stream.js"
import { DuplexStream } from "./duplex-stream.js"
import { WebByteStream } from "./web-byte-stream.js"

/** The module that opens streams. It is loaded on first use. */
export interface StreamOpener {
  readonly openStream: typeof openStream
}

/**
 * Creates a `ByteStream` for `stream`.
 * @param peerAddress Default: the stream's `remoteAddress`, or else empty.
 * @throws ZmqError EINVAL if it is not a stream, has ended, or is already in use.
 */
export function openStream(stream: AnyStream, peerAddress: string | undefined, clock: Clock): ByteStream {
  const given = stream as AnyStream | undefined
  const { readable, writable } = (stream as { readable?: object; writable?: object } | null) ?? {}
  if (has(given, "on") && has(given, "write")) {
    return new DuplexStream(stream as NodeDuplex, stream as NodeDuplex, peerAddress, clock)
  }
  if (has(given, "postMessage")) return new ChannelStream(stream as MessageChannelEnd, peerAddress ?? "", clock)
  if (has(readable, "on") && has(writable, "write")) {
    return new DuplexStream(readable as NodeReadable, writable as NodeWritable, peerAddress, clock)
  }
  if (has(readable, "getReader") && has(writable, "getWriter")) {
    return new WebByteStream(stream as WebPair, peerAddress ?? "", clock)
  }
  throw notAStream(stream)
}

function has(value: object | undefined, method: string): boolean {
  return typeof (value as Record<string, unknown> | undefined)?.[method] === "function"
}

function notAStream(value: unknown): Error {
  const kind = Object.prototype.toString.call(value).slice("[object ".length, -1)
  const message = `Invalid stream: expected a Duplex, { readable, writable }, or a message port, got ${kind}`
  return zmqError("EINVAL", { message })
}
