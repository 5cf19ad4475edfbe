import type { ClientRequest, IncomingMessage } from "node:http"
import type { Duplex } from "node:stream"
import { concat, sizeOf } from "../../zmtp/bytes.js"
import { releaseChunks } from "../../zmtp/release-chunks.js"
import type { AnyWebSocket } from "./web-socket-stream.js"

/** What is used of the WebSockets of the package `ws`. */
export interface NodeWebSocket extends AnyWebSocket {
  on(event: "open" | "pong", told: () => void): this
  on(event: "message", told: (message: Uint8Array, isBinary: boolean) => void): this
  on(event: "error", told: (error: Error) => void): this
  on(event: "upgrade", told: (response: IncomingMessage) => void): this
  on(event: "unexpected-response", told: (request: ClientRequest, response: IncomingMessage) => void): this
  off(event: "error", told: (error: Error) => void): this
  ping(): void
  pause(): void
  resume(): void
  terminate(): void
  /** Its own affair, but where it keeps its limits. */
  readonly _receiver?: { _maxPayload?: unknown; _maxFragments?: unknown } | null
}

/** What is used of the package `ws`. */
export interface WebSockets {
  readonly WebSocket: (new (url: string, options: object) => NodeWebSocket) & { readonly Receiver: Receiver }
  readonly WebSocketServer: new (options: object) => WebSocketServer
}

export interface WebSocketServer {
  on(event: "headers", told: (headers: string[]) => void): this
  handleUpgrade(request: IncomingMessage, socket: Duplex, head: Buffer, opened: (socket: NodeWebSocket) => void): void
}

/** What parses the bytes of a peer: a `Writable`. */
interface Receiver {
  readonly prototype: {
    _write: (this: Parser, chunk: Uint8Array, encoding: string, done: (error?: Error) => void) => void
  }
}

/** What it keeps of a message that is not complete: its affair, too. */
interface Parser {
  /** Bytes that arrived and are not parsed yet, as they came. */
  _buffers?: unknown
  /** Fragments of a message, which are views of what came. */
  _fragments?: unknown
  /** How many of them have been settled; not of `ws`. */
  settled?: number
}

let loading: Promise<WebSockets> | undefined

/** Loads `ws`, which is bundled beside this library, when a WebSocket is needed first. */
export function loadWebSockets(): Promise<WebSockets> {
  loading ??= load().catch((error: unknown) => {
    // Memory may have been short: the next WebSocket tries again.
    loading = undefined
    throw error
  })
  return loading
}

async function load(): Promise<WebSockets> {
  // @ts-expect-error -- made by the build, without types
  const bundle = (await import("../../../vendor/ws.cjs")) as { default: WebSockets & { default?: WebSockets } }
  const webSockets = bundle.default.default ?? bundle.default
  contain(webSockets.WebSocket.Receiver)
  return webSockets
}

/**
 * An exception while bytes of a peer are parsed, such as memory that cannot be allocated for a large message, is an error
 * of that WebSocket. Without this it would be an uncaught exception, since `ws` parses in a listener of the connection.
 */
function contain({ prototype }: Receiver): void {
  const write = prototype._write
  prototype._write = function (chunk, encoding, done) {
    try {
      write.call(this, chunk, encoding, done)
      compact(this)
    } catch (error) {
      done(error as Error)
    }
  }
}

/** Chunks that are joined where they are as small as this on average, in bytes, once there are so many of them. */
const SMALL_CHUNK = 1024
const MANY_CHUNKS = 256

/** What waits for the rest of a message keeps little more than its own bytes: neither chunks of something else nor many. */
function compact(parser: Parser): void {
  const { _fragments: fragments, _buffers: buffers } = parser
  if (Array.isArray(fragments)) {
    // Those of a new message are fewer.
    const from = Math.min(parser.settled ?? 0, fragments.length)
    if (fragments.length > from) releaseChunks(fragments as Uint8Array[], from)
    parser.settled = fragments.length
  }
  if (!Array.isArray(buffers) || buffers.length < MANY_CHUNKS) return
  const size = sizeOf(buffers as Uint8Array[])
  if (size < buffers.length * SMALL_CHUNK) parser._buffers = [concat(buffers as Uint8Array[], size)]
}

/** Sets the most fragments that a message of `webSocket` may come in from now on, likewise. */
export function limitFragments({ _receiver: receiver }: NodeWebSocket, count: number): void {
  if (typeof receiver?._maxFragments === "number") receiver._maxFragments = count
}

/**
 * Sets the largest message that `webSocket` reads from now on, in bytes. `ws` takes it as an option when a WebSocket is
 * made, and never again; should it keep it elsewhere one day, that option holds for all the time.
 */
export function limitPayload({ _receiver: receiver }: NodeWebSocket, bytes: number): void {
  if (typeof receiver?._maxPayload === "number") receiver._maxPayload = bytes
}
