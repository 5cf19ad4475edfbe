import type { ByteStream } from "../../core/byte-stream.js"
import type { Clock } from "../../core/clock.js"
import { zmqError } from "../../core/errors.js"
import { ChannelStream } from "./channel-stream.js"
import { DuplexStream } from "./duplex-stream.js"
import { WebByteStream } from "./web-byte-stream.js"

// The types are structural: programs without the types of Node, or without those of the DOM, can use them too.

/** What is used of a readable stream of Node: bytes, without an encoding. */
export interface NodeReadable {
  // eslint-disable-next-line @typescript-eslint/no-explicit-any
  on(event: string, listener: (...values: any[]) => void): unknown
  pause(): unknown
  resume(): unknown
  destroy(): unknown
}

/** What is used of a writable stream of Node. */
export interface NodeWritable {
  // eslint-disable-next-line @typescript-eslint/no-explicit-any
  on(event: string, listener: (...values: any[]) => void): unknown
  // eslint-disable-next-line @typescript-eslint/no-explicit-any
  write(chunk: Uint8Array, encoding?: any, written?: () => void): unknown
  end(): unknown
  destroy(): unknown
}

/** A stream of Node that reads and writes: a `Duplex`, a `net.Socket`, a `tls.TLSSocket`. */
export interface NodeDuplex extends NodeReadable, NodeWritable {
  /** IP address of the peer, where the stream knows it. */
  readonly remoteAddress?: string | undefined
}

/** A pair of Node streams, such as the standard output and the standard input of a child process. */
export interface NodePair {
  readonly readable: NodeReadable
  readonly writable: NodeWritable
}

/** A pair of Web streams of bytes, as WebTransport, `CompressionStream`, and the sockets of Cloudflare Workers have it. */
export interface WebPair {
  readonly readable: {
    getReader(): {
      read(): Promise<{ readonly done: boolean; readonly value?: unknown }>
      cancel(reason?: unknown): Promise<unknown>
    }
  }
  readonly writable: {
    getWriter(): {
      write(chunk: Uint8Array): Promise<unknown>
      close(): Promise<unknown>
      abort(reason?: unknown): Promise<unknown>
    }
  }
  /** Called once nothing is read or written any more. */
  close?(): unknown
}

/**
 * One end of a message channel, with this library, or whoever keeps to the same three messages, at the other end: a
 * `MessagePort`, a `Worker`, what a worker calls `self`, Electron's `MessagePortMain`, `UtilityProcess` and `process.parentPort`.
 */
export interface MessageChannelEnd {
  // eslint-disable-next-line @typescript-eslint/no-explicit-any
  postMessage(message: any, transfer?: any): unknown
  // eslint-disable-next-line @typescript-eslint/no-explicit-any
  addEventListener?(type: any, listener: any): unknown
  // eslint-disable-next-line @typescript-eslint/no-explicit-any
  removeEventListener?(type: any, listener: any): unknown
  // eslint-disable-next-line @typescript-eslint/no-explicit-any
  on?(event: any, listener: any): unknown
  // eslint-disable-next-line @typescript-eslint/no-explicit-any
  off?(event: any, listener: any): unknown
  start?(): unknown
  close?(): unknown
}

/** Whatever carries bytes both ways, in order. The socket owns it from then on: nobody else reads from it, writes to it, or ends it. */
export type AnyStream = NodeDuplex | NodePair | WebPair | MessageChannelEnd

/**
 * A `ByteStream` over `stream`.
 * @param peerAddress Default: what the stream has as `remoteAddress`, or else empty.
 * @throws ZmqError EINVAL for anything else, or when the stream has ended or belongs to somebody already.
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
  const message = `Not a stream of bytes: ${kind}. Expected a Duplex, { readable, writable }, or a message port`
  return zmqError("EINVAL", { message })
}
