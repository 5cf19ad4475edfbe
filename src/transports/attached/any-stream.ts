import type { ByteStream } from "../../core/byte-stream.js"
import type { Clock } from "../../core/clock.js"
import { zmqError } from "../../core/errors.js"
import { ChannelStream } from "./channel-stream.js"
import { DuplexStream } from "./duplex-stream.js"
import { WebByteStream } from "./web-byte-stream.js"

// The types are structural, so that programs without the types of Node or the DOM can use them.

/** The part of a readable Node stream that is used. It must emit bytes, without an encoding. */
export interface NodeReadable {
  /** Adds an event listener. */
  // eslint-disable-next-line @typescript-eslint/no-explicit-any
  on(event: string, listener: (...values: any[]) => void): unknown
  /** Stops emitting data. */
  pause(): unknown
  /** Resumes emitting data. */
  resume(): unknown
  /** Closes the stream immediately. */
  destroy(): unknown
}

/** The part of a writable Node stream that is used. */
export interface NodeWritable {
  /** Adds an event listener. */
  // eslint-disable-next-line @typescript-eslint/no-explicit-any
  on(event: string, listener: (...values: any[]) => void): unknown
  /** Writes a chunk. Returns false if the buffer is full. */
  // eslint-disable-next-line @typescript-eslint/no-explicit-any
  write(chunk: Uint8Array, encoding?: any, written?: () => void): unknown
  /** Closes the stream after everything is written. */
  end(): unknown
  /** Closes the stream immediately. */
  destroy(): unknown
}

/** A Node stream that is readable and writable, such as a `Duplex`, `net.Socket`, or `tls.TLSSocket`. */
export interface NodeDuplex extends NodeReadable, NodeWritable {
  /** IP address of the peer, if the stream provides it. */
  readonly remoteAddress?: string | undefined
}

/** A pair of Node streams, such as the standard output and the standard input of a child process. */
export interface NodePair {
  /** The stream to read from. */
  readonly readable: NodeReadable
  /** The stream to write to. */
  readonly writable: NodeWritable
}

/**
 * A pair of Web streams of bytes, as provided by WebTransport, `CompressionStream`, and the sockets of Cloudflare
 * Workers.
 */
export interface WebPair {
  /** The stream to read from. */
  readonly readable: {
    /** Locks the stream for reading. */
    getReader(): {
      /** Reads the next chunk. */
      read(): Promise<{ readonly done: boolean; readonly value?: unknown }>
      /** Stops reading. */
      cancel(reason?: unknown): Promise<unknown>
    }
  }
  /** The stream to write to. */
  readonly writable: {
    /** Locks the stream for writing. */
    getWriter(): {
      /** Writes a chunk. */
      write(chunk: Uint8Array): Promise<unknown>
      /** Closes the stream after everything is written. */
      close(): Promise<unknown>
      /** Closes the stream immediately. */
      abort(reason?: unknown): Promise<unknown>
    }
  }
  /** Called when the streams are no longer used. */
  close?(): unknown
}

/**
 * One end of a message channel. The other end must be attached to a socket of this library, or use the same protocol of
 * three messages. It can be a `MessagePort`, a `Worker`, `self` in a worker, or Electron's `MessagePortMain`,
 * `UtilityProcess`, or `process.parentPort`.
 */
export interface MessageChannelEnd {
  /** Posts a message. */
  // eslint-disable-next-line @typescript-eslint/no-explicit-any
  postMessage(message: any, transfer?: any): unknown
  /** Adds an event listener (DOM). */
  // eslint-disable-next-line @typescript-eslint/no-explicit-any
  addEventListener?(type: any, listener: any): unknown
  /** Removes an event listener (DOM). */
  // eslint-disable-next-line @typescript-eslint/no-explicit-any
  removeEventListener?(type: any, listener: any): unknown
  /** Adds an event listener (Node, Electron). */
  // eslint-disable-next-line @typescript-eslint/no-explicit-any
  on?(event: any, listener: any): unknown
  /** Removes an event listener (Node, Electron). */
  // eslint-disable-next-line @typescript-eslint/no-explicit-any
  off?(event: any, listener: any): unknown
  /** Starts delivering messages. */
  start?(): unknown
  /** Closes the channel. */
  close?(): unknown
}

/**
 * A bidirectional, ordered stream of bytes. The socket owns it: do not read from it, write to it, or end it yourself.
 */
export type AnyStream = NodeDuplex | NodePair | WebPair | MessageChannelEnd

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
